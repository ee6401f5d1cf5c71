import type { Verdict } from "../verdicts.ts";
import { type Answer, byteOffset, snippetAt } from "./answer.ts";

/** One proof of a verdict. */
export type Proof = Verdict["evidence"][number];

type Details = NonNullable<Proof["details"]>;

/** What an answer's body shows at a character of its text, or, without one, that it is this answer. */
export function bodyProof(
  kind: Proof["kind"],
  { response, text }: Answer,
  offset: number | null,
  details: Details,
): Proof {
  return {
    kind,
    snippet:
      offset === null ? `status ${response.status}, ${text.length} characters` : snippetAt(text, offset),
    location: { part: "response_body", ...(offset !== null && { offset: byteOffset(text, offset) }) },
    fetchId: response.fetchId,
    details: { url: response.url, status: response.status, ...details },
  };
}

/** A request that must not show the effect and did not. `words` say what it was. */
export function heldControl({ response }: Answer, words: string, details: Details): Proof {
  return {
    kind: "negative_control",
    snippet: words,
    location: { part: "response_body" },
    fetchId: response.fetchId,
    controlHeld: true,
    details: { url: response.url, status: response.status, ...details },
  };
}
