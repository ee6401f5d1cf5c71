import {
  type EndpointDiscovered,
  type EvidenceEvent,
  type FindingEvent,
  parseWebUrl,
  type TechComponentEvent,
  type WebUrl,
} from "@picket/core";
import {
  endpointKeys,
  evidenceHash,
  type FetchReference,
  type NewComponent,
  type NewEndpoint,
  type NewEvidence,
  type NewFinding,
} from "@picket/db";
import {
  REDACTION_VERSION,
  type RedactionPolicy,
  redactJson,
  redactText,
  redactUrl,
  safeParameter,
} from "@picket/storage";

/**
 * Events as they are stored: keys made from what the plugin said, secrets replaced in what is kept of it. Pure. URLs
 * have been decided to be in scope before.
 */

/** The hash of the evidence that a plugin calls by this name. Throws when it was not reported. */
export type ResolveRef = (ref: string) => string;

export function newEndpoint(
  { method, url: text, parameters, source, foundAt }: EndpointDiscovered,
  url: WebUrl,
  redaction: RedactionPolicy,
): NewEndpoint {
  const redacted = redactUrl(text, redaction);
  const names = parameters.map(({ name }) => name);
  return {
    method,
    url: redacted,
    path: (redacted === text ? url : parseWebUrl(redacted)).path,
    ...endpointKeys(method, url, names),
    parameters: parameters.map((parameter) => safeParameter(parameter, redaction)),
    source,
    foundAt: foundAt === undefined ? null : redactUrl(foundAt, redaction),
  };
}

export function newEvidence(
  event: EvidenceEvent,
  exchange: FetchReference | null,
  redaction: RedactionPolicy,
): NewEvidence {
  const { kind, location, controlHeld = null } = event;
  const snippet = redactText(event.snippet, redaction);
  const details = redactJson(event.details, redaction) as EvidenceEvent["details"];
  const request = exchange && { method: exchange.method, url: exchange.url };
  return {
    hash: evidenceHash({ kind, snippet, location, details, controlHeld, request }),
    fetchId: exchange?.id ?? null,
    kind,
    snippet,
    location,
    controlHeld,
    details,
    redactionVersion: REDACTION_VERSION,
  };
}

/** Of 4,000 characters at most, so less than 1 MB for a run. */
const MAX_WORDS = 64;

/** What a plugin says of every sighting in the same words is redacted once; at most `MAX_WORDS` texts are kept. */
export function createWordRedactor(redaction: RedactionPolicy): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const kept = known.get(text);
    if (kept !== undefined) return kept;
    const redacted = redactText(text, redaction);
    if (known.size >= MAX_WORDS) known.clear();
    known.set(text, redacted);
    return redacted;
  };
}

export interface FindingTerms {
  plugin: string;
  redaction: RedactionPolicy;
  redactWords(text: string): string;
  resolve: ResolveRef;
}

export function newFinding(
  event: FindingEvent,
  { plugin, redaction, redactWords, resolve }: FindingTerms,
): NewFinding {
  const { type, severity, rootCause, instance } = event;
  return {
    type,
    severity,
    title: redactWords(event.title),
    description: redactWords(event.description),
    remediation: redactWords(event.remediation),
    rootCause: { ...rootCause, key: redactText(rootCause.key, redaction) },
    references: event.references,
    cwe: event.cwe ?? null,
    cve: event.cve ?? null,
    sourceModule: plugin,
    instance: { ...instance, url: redactUrl(instance.url, redaction) },
    evidenceHashes: event.evidence.map(resolve),
  };
}

export function newComponent(event: TechComponentEvent, resolve: ResolveRef): NewComponent {
  const { name, version = null, cpe = null, confidence, evidence } = event;
  return { name, version, cpe, confidence, evidenceHashes: evidence.map(resolve) };
}
