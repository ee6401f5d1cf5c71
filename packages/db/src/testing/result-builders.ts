import { type FindingEvent, parseWebUrl } from "@picket/core";
import { endpointKeys, evidenceHash, uuidOf } from "../ingest/keys.ts";
import type { NewEndpoint, NewEvidence, NewFetch, NewFinding, ResultBatch } from "../ingest/result-batch.ts";

const EMPTY: ResultBatch = {
  endpoints: [],
  fetches: [],
  evidence: [],
  findings: [],
  components: [],
  cveCandidates: [],
};

/** What one delivery of a plugin's results holds; of what is left out, nothing. */
export function batchOf(parts: Partial<ResultBatch>): ResultBatch {
  return { ...EMPTY, ...parts };
}

/** A page without parameters that a link led to. */
export function endpointAt(url: string): NewEndpoint {
  const read = parseWebUrl(url);
  const keys = endpointKeys("GET", read, []);
  return { method: "GET", url, path: read.path, ...keys, parameters: [], source: "link", foundAt: null };
}

/** A healthy answer to the broker; the same id for the same URL. */
export function exchange(url: string, changes: Partial<NewFetch> = {}): NewFetch {
  return {
    id: uuidOf(url),
    origin: "broker",
    method: "GET",
    url,
    request: { headers: [], bodySize: 0 },
    status: 200,
    failure: null,
    responseMeta: { headers: [["server", "nginx"]], contentType: "text/html" },
    redirectedFromId: null,
    storageMode: "none",
    bodyPath: null,
    bodyHash: null,
    bodySize: 0,
    redactionVersion: 1,
    truncated: false,
    storageReason: null,
    startedAt: new Date(),
    ...changes,
  };
}

/** The hash follows from what it says; nothing but the snippet has to be given. */
export function proof(snippet: string, changes: Partial<NewEvidence> = {}): NewEvidence {
  const parts = {
    kind: "pattern" as const,
    snippet,
    location: { part: "response_body" as const },
    details: {},
    controlHeld: null,
    ...changes,
  };
  const { kind, location, details, controlHeld } = parts;
  const hash = evidenceHash({ kind, snippet, location, details, controlHeld, request: null });
  return { fetchId: null, redactionVersion: 1, ...parts, snippet, hash };
}

/** A missing policy of the whole target, seen at this URL. */
export function sighting(
  url: string,
  proofs: readonly NewEvidence[],
  changes: Partial<FindingEvent> = {},
): NewFinding {
  const event = {
    type: "missing-csp",
    rootCause: { level: "target" as const, key: "" },
    title: "No policy",
    description: "There is none.",
    severity: "medium" as const,
    remediation: "Set one.",
    ...changes,
  };
  return {
    ...event,
    references: [],
    cwe: null,
    cve: null,
    sourceModule: "headers",
    instance: { method: "GET", url },
    evidenceHashes: proofs.map(({ hash }) => hash),
  };
}
