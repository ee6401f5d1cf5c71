import type { EndpointDiscovered, EvidenceEvent, FindingEvent, TechComponentEvent } from "@picket/core";
import {
  endpointKey,
  evidenceHash,
  type FetchReference,
  type NewComponent,
  type NewEndpoint,
  type NewEvidence,
  type NewFinding,
  paramsHash,
} from "@picket/db";
import { REDACTION_VERSION, type RedactionPolicy, redactJson, redactText, redactUrl } from "@picket/storage";

/**
 * Events as they are stored: keys made from what the plugin said, secrets replaced in what is kept of it. Pure. URLs
 * have been decided to be in scope before.
 */

/** The hash of the evidence that a plugin calls by this name. Throws when it was not reported. */
export type ResolveRef = (ref: string) => string;

export function newEndpoint(event: EndpointDiscovered, redaction: RedactionPolicy): NewEndpoint {
  const { method, url, parameters, source } = event;
  const names = parameters.map(({ name }) => name);
  return {
    method,
    url: redactUrl(url, redaction),
    paramsHash: paramsHash(url, names),
    endpointKey: endpointKey(method, url, names),
    parameters,
    source,
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

export function newFinding(
  event: FindingEvent,
  { plugin, redaction, resolve }: { plugin: string; redaction: RedactionPolicy; resolve: ResolveRef },
): NewFinding {
  const { type, severity, rootCause, instance } = event;
  return {
    type,
    severity,
    title: redactText(event.title, redaction),
    description: redactText(event.description, redaction),
    remediation: redactText(event.remediation, redaction),
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
