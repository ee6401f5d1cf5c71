import {
  canonicalJson,
  DEDUPE_VERSION,
  dedupeKeyText,
  type FindingEvent,
  type Instance,
  instanceKeyText,
  lengthDelimited,
  locationKeyText,
  originOf,
  parametersText,
  parseWebUrl,
} from "@picket/core";
import { sha256 } from "../sha256.ts";

/** A finding's identity on its target: `v1:<hex>`. */
export function dedupeKey(finding: Pick<FindingEvent, "type" | "rootCause" | "instance">): string {
  return `${DEDUPE_VERSION}:${sha256(dedupeKeyText(finding))}`;
}

/** The identity of one place of a finding. */
export function instanceKey(instance: Instance): string {
  return sha256(instanceKeyText(instance));
}

/** The identity of where a detector looks. */
export function locationKey(place: Pick<Instance, "method" | "url">): string {
  return sha256(locationKeyText(place));
}

export function paramsHash(url: string, names: readonly string[]): string {
  return sha256(parametersText(url, names));
}

/** An endpoint's identity on its target: method, URL without query, and names of its parameters. */
export function endpointKey(method: string, url: string, names: readonly string[]): string {
  const parsed = parseWebUrl(url);
  return sha256(lengthDelimited([method, `${originOf(parsed)}${parsed.path}`, parametersText(url, names)]));
}

/** What makes two proofs of one module run the same. */
export interface EvidenceParts {
  kind: string;
  snippet: string;
  location: unknown;
  details: unknown;
  controlHeld: boolean | null;
  /** Method and URL of the exchange that shows it, not its id: a repeated run makes the request again. */
  request: { method: string; url: string } | null;
}

export function evidenceHash(parts: EvidenceParts): string {
  return sha256(canonicalJson(parts));
}

/** A UUID (version 8, RFC 9562 §5.8) that is the same for the same text. */
export function uuidOf(text: string): string {
  const hex = sha256(text);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
