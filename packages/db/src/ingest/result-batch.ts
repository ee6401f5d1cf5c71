import type {
  EndpointParameter,
  EndpointSource,
  EvidenceEvent,
  EvidenceKind,
  EvidenceLocation,
  FetchFailure,
  FindingEvent,
  HeaderList,
  Instance,
  StorageMode,
} from "@picket/core";
import type { EndpointKeys } from "./keys.ts";

/**
 * Results of a module run that are stored together or not at all. Everything is in scope, secrets are redacted, and
 * evidence is named by its hash.
 */
export interface ResultBatch {
  endpoints: readonly NewEndpoint[];
  fetches: readonly NewFetch[];
  evidence: readonly NewEvidence[];
  findings: readonly NewFinding[];
  components: readonly NewComponent[];
  cveCandidates: readonly NewCveCandidate[];
}

export interface NewEndpoint extends EndpointKeys {
  method: string;
  /** For people: with its query, redacted. */
  url: string;
  /** The URL's. */
  path: string;
  parameters: readonly EndpointParameter[];
  source: EndpointSource;
  foundAt: string | null;
}

export interface NewFetch {
  id: string;
  origin: "broker" | "plugin";
  /** Default false. */
  authenticated?: boolean;
  method: string;
  url: string;
  request: { headers: HeaderList; bodySize: number };
  status: number | null;
  failure: FetchFailure | null;
  responseMeta: ResponseMeta;
  redirectedFromId: string | null;
  storageMode: StorageMode;
  bodyPath: string | null;
  bodyHash: string | null;
  bodySize: number;
  redactionVersion: number;
  truncated: boolean;
  storageReason: string | null;
  startedAt: Date;
}

/** Facts of an exchange beside its columns; what is not known is left out. */
export interface ResponseMeta {
  /** Not a plugin\'s: it made the session or proved it. No plugin is handed it. */
  role?: "login" | "probe";
  headers: HeaderList;
  /** Lower-case media type without parameters. */
  contentType: string | null;
  httpVersion?: string;
  remoteAddress?: string;
  tls?: unknown;
  elapsedMs?: number;
  /** Of an answer that is stored to the letter: what a later attempt of the run finds it by. */
  recallKey?: string;
  /** The failure in words. */
  failureDetail?: string;
  /** The body is stored in its content coding. */
  undecoded?: boolean;
}

export interface NewEvidence {
  hash: string;
  fetchId: string | null;
  kind: EvidenceKind;
  snippet: string;
  location: EvidenceLocation;
  controlHeld: boolean | null;
  details: EvidenceEvent["details"];
  redactionVersion: number;
}

/** One sighting: the finding, and one place where it shows. Its keys are made of just this, secrets already redacted. */
export interface NewFinding
  extends Pick<FindingEvent, "type" | "rootCause" | "title" | "description" | "severity" | "remediation"> {
  references: readonly string[];
  cwe: number | null;
  cve: string | null;
  sourceModule: string;
  instance: Instance;
  /** At least one. */
  evidenceHashes: readonly string[];
}

export interface NewComponent {
  name: string;
  version: string | null;
  cpe: string | null;
  confidence: number;
  evidenceHashes: readonly string[];
}

export interface NewCveCandidate {
  component: { name: string; version: string | null };
  cpe: string | null;
  cveId: string;
  source: string;
  confidence: number;
}
