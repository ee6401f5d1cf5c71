import {
  canonicalJson,
  canonicalPath,
  DEDUPE_VERSION,
  dedupeKeyText,
  type FindingIdentity,
  type Instance,
  lengthDelimited,
  originOf,
  parametersText,
  placeTexts,
  type RouteOfPath,
  type WebUrl,
} from "@picket/core";
import { sha256 } from "../sha256.ts";

/**
 * One version of the keys of findings, places and looks. A version that follows is a scheme of its own, to which
 * `rekeyTarget` brings what is stored.
 */
export interface KeyScheme {
  /** A finding's identity on its target: `v2:<hex>`. */
  dedupeKey(finding: FindingIdentity, route: RouteOfPath): string;
  placeKeys(instance: Instance, route: RouteOfPath): PlaceKeys;
}

export interface PlaceKeys {
  /** The identity of one place of a finding. */
  instanceKey: string;
  /** The identity of where a detector looks. */
  locationKey: string;
  route: string;
}

export const KEYS: KeyScheme = {
  dedupeKey: (finding, route) => `${DEDUPE_VERSION}:${sha256(dedupeKeyText(finding, route))}`,
  placeKeys(instance, route) {
    const texts = placeTexts(instance, route);
    return { instanceKey: sha256(texts.instance), locationKey: sha256(texts.location), route: texts.route };
  },
};

export interface EndpointKeys {
  /** Of the names of its parameters. */
  paramsHash: string;
  /** An endpoint's identity on its target: method, URL without query and session id, and names of its parameters. */
  endpointKey: string;
}

export function endpointKeys(method: string, url: WebUrl, names: readonly string[]): EndpointKeys {
  const parameters = parametersText(url, names);
  const place = `${originOf(url)}${canonicalPath(url.path)}`;
  return {
    paramsHash: sha256(parameters),
    endpointKey: sha256(lengthDelimited([method, place, parameters])),
  };
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
