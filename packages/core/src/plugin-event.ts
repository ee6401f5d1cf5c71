import { z } from "zod";
import { HeaderList } from "./http-exchange.ts";
import { FindingType } from "./plugin-manifest.ts";
import { storableJson, storableText } from "./storable-text.ts";
import { Severity, StorageMode } from "./vocabulary.ts";
import { MAX_URL_LENGTH } from "./web-url.ts";

/**
 * What a plugin's run yields. Order: an evidence comes before whatever names its `ref`, with fewer than 1,000 other
 * evidences in between; inside a record pack any order is right. Everything else is free. To name older evidence, report
 * it again with another `ref`: the same proof is stored once. An event that breaks a schema or names an unknown `ref`
 * ends the run with `protocol_error`; what was acknowledged before it is kept.
 */

/** Text that can be stored as it is: what Postgres refuses is replaced. */
const text = (max: number) => z.string().max(max).overwrite(storableText);

const Method = z.string().regex(/^[A-Z]{1,16}$/);
const Url = z.string().min(1).max(MAX_URL_LENGTH);

/** Name of an evidence within its module run, chosen by the plugin; the last 1,000 are known. */
const EvidenceRef = text(128).min(1);

const ParameterPosition = z.enum(["query", "form", "json", "xml", "path", "header", "cookie"]);
export type ParameterPosition = z.infer<typeof ParameterPosition>;

export const Parameter = z.strictObject({ name: text(256).min(1), in: ParameterPosition });
export type Parameter = z.infer<typeof Parameter>;

/** Longest value of a parameter that is kept as its example, characters. */
export const MAX_EXAMPLE_LENGTH = 1_024;

/** A parameter of an endpoint, with a value that was seen in it or fits it. */
export const EndpointParameter = Parameter.extend({
  /** Left out by the platform where the parameter holds a secret or a token of one session. */
  example: text(MAX_EXAMPLE_LENGTH).optional(),
});
export type EndpointParameter = z.infer<typeof EndpointParameter>;

export const EndpointSource = z.enum([
  "seed",
  "link",
  "form",
  "redirect",
  "robots",
  "sitemap",
  "script",
  "probe",
  "import",
]);
export type EndpointSource = z.infer<typeof EndpointSource>;

/** A place on the target that can be requested. Only in-scope URLs are stored; others are counted with the reason. */
export const EndpointDiscovered = z.strictObject({
  event: z.literal("endpoint"),
  method: Method,
  url: Url,
  /** Those in JSON are named by JSON Pointer (RFC 6901), such as `/user/name`. Examples are no part of its identity. */
  parameters: z.array(EndpointParameter).max(200).default([]),
  source: EndpointSource,
  /** The page whose form or script named it. Kept where it is in scope. */
  foundAt: Url.optional(),
});
export type EndpointDiscovered = z.infer<typeof EndpointDiscovered>;

/**
 * An exchange that the broker did not make itself, such as one from an uploaded recording. It is stored as reported by
 * the plugin and never counts as a request of Picket's own: those are recorded by the broker.
 */
export const FetchEvent = z.strictObject({
  event: z.literal("fetch"),
  method: Method,
  url: Url,
  requestHeaders: HeaderList.default([]),
  status: z.int().min(100).max(599),
  responseHeaders: HeaderList,
  body: z.instanceof(Uint8Array).optional(),
  storage: StorageMode.optional(),
});
export type FetchEvent = z.infer<typeof FetchEvent>;

export const EvidenceKind = z.enum([
  /** The defect itself was seen in a response: a header that is there, or is not. */
  "observation",
  /** Content that only the claimed thing has. */
  "content_proof",
  /** Text that matches a pattern. */
  "pattern",
  /** What was sent came back in a place where it acts. */
  "reflection",
  /** Answers to related requests differ as they must when the claim is true, and only then. */
  "differential",
  /** The answer took as long as was asked for. */
  "timing",
  /** The target called back on a channel outside of the scan's own requests. */
  "callback",
  /** A name that only a probe carried was looked up, and nothing was asked of it. */
  "lookup",
  /** A version that the target states of itself. */
  "version_banner",
  /** A request that must not show the effect, and what it showed. */
  "negative_control",
]);
export type EvidenceKind = z.infer<typeof EvidenceKind>;

export const EvidenceLocation = z.strictObject({
  part: z.enum(["request", "status", "response_header", "response_body", "cookie", "url", "tls"]),
  /** Header, cookie or parameter name. */
  name: text(256).optional(),
  /** Byte offset in the body. */
  offset: z.int().min(0).optional(),
});
export type EvidenceLocation = z.infer<typeof EvidenceLocation>;

/** A proof that is stored with its hash; secrets in it are redacted before. */
export const EvidenceEvent = z
  .strictObject({
    event: z.literal("evidence"),
    ref: EvidenceRef,
    kind: EvidenceKind,
    snippet: text(4_096),
    location: EvidenceLocation,
    /** The exchange that shows it; it must belong to this scan. */
    fetchId: z.uuid().optional(),
    /** For `negative_control`, and only there: whether the control stayed free of the effect, as it must. */
    controlHeld: z.boolean().optional(),
    details: z.record(z.string(), z.json()).default({}).overwrite(storableJson),
  })
  .refine(({ kind, controlHeld }) => (kind === "negative_control") === (controlHeld !== undefined), {
    error: "must be given for a negative_control and for nothing else",
    path: ["controlHeld"],
  });
export type EvidenceEvent = z.infer<typeof EvidenceEvent>;

/**
 * Where the cause sits, which decides what counts as one finding: a header set by the server is one `target` cause
 * however many pages show it; an injectable parameter is a `parameter` cause of its own.
 */
export const RootCause = z.strictObject({
  level: z.enum(["target", "route", "parameter", "component"]),
  /** What is shared by all instances beside the level's location; often empty. */
  key: text(512).default(""),
});
export type RootCause = z.infer<typeof RootCause>;

/** One place where it shows. */
export const Instance = z.strictObject({ method: Method, url: Url, parameter: Parameter.optional() });
export type Instance = z.infer<typeof Instance>;

export const FindingEvent = z.strictObject({
  event: z.literal("finding"),
  /** One of the manifest's `emits`. */
  type: FindingType,
  title: text(200).min(1),
  description: text(4_000).min(1),
  severity: Severity,
  remediation: text(4_000).min(1),
  references: z
    .array(z.url({ protocol: /^https?$/ }).max(500))
    .max(20)
    .default([]),
  /** Number of the weakness in CWE. */
  cwe: z.int().min(1).max(99_999).optional(),
  cve: z
    .string()
    .regex(/^CVE-\d{4}-\d{4,}$/)
    .optional(),
  rootCause: RootCause,
  instance: Instance,
  /** At least one proof; a claim without evidence is refused. */
  evidence: z.array(EvidenceRef).min(1).max(20),
});
export type FindingEvent = z.infer<typeof FindingEvent>;

/** A product that the target shows to be in use. `version` only where the target shows it. */
export const TechComponentEvent = z.strictObject({
  event: z.literal("component"),
  name: text(200).min(1),
  version: text(100).min(1).optional(),
  cpe: z.string().max(300).startsWith("cpe:2.3:").optional(),
  /** How sure the plugin is of product and version, 0–100. */
  confidence: z.int().min(0).max(100),
  evidence: z.array(EvidenceRef).min(1).max(20),
});
export type TechComponentEvent = z.infer<typeof TechComponentEvent>;

/** A known vulnerability that may apply to a component reported before it by name and version. */
export const CveCandidateEvent = z.strictObject({
  event: z.literal("cve_candidate"),
  component: z.strictObject({
    name: text(200).min(1),
    version: text(100).min(1).optional(),
  }),
  cpe: z.string().max(300).startsWith("cpe:2.3:").optional(),
  cveId: z.string().regex(/^CVE-\d{4}-\d{4,}$/),
  source: text(100).min(1),
  confidence: z.int().min(0).max(100),
});
export type CveCandidateEvent = z.infer<typeof CveCandidateEvent>;

const SINGLE_EVENTS = [
  EndpointDiscovered,
  FetchEvent,
  EvidenceEvent,
  FindingEvent,
  TechComponentEvent,
  CveCandidateEvent,
] as const;

export const SingleEvent = z.discriminatedUnion("event", SINGLE_EVENTS);
export type SingleEvent = z.infer<typeof SingleEvent>;

/** Events that belong together: all are stored, or none. */
export const RecordPack = z.strictObject({
  event: z.literal("pack"),
  events: z.array(SingleEvent).min(1).max(100),
});
export type RecordPack = z.infer<typeof RecordPack>;

export const PluginEvent = z.discriminatedUnion("event", [...SINGLE_EVENTS, RecordPack]);
export type PluginEvent = z.infer<typeof PluginEvent>;
/** What a plugin writes: defaults may be left out. */
export type PluginEventInput = z.input<typeof PluginEvent>;
