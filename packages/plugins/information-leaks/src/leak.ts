import type { EvidenceKind, EvidenceLocation } from "@picket/core";
import type { Answer } from "./answer.ts";
import type { ClaimId } from "./claims.ts";

/** Something that an answer gives away. */
export interface Leak {
  readonly claim: ClaimId;
  /** Whose it is, such as `Java` or `nginx`: tells causes of one type apart. */
  readonly key: string;
  readonly snippet: string;
  readonly kind: EvidenceKind;
  readonly location: EvidenceLocation;
}

export type Detector = (answer: Answer) => Leak[];

const MAX_SNIPPET = 600;

type BodyLeak = Pick<Leak, "claim" | "key" | "snippet"> & { readonly kind?: EvidenceKind };

/** A leak in the body; `content_proof` unless said otherwise. */
export function bodyLeak({ claim, key, snippet, kind = "content_proof" }: BodyLeak): Leak {
  return { claim, key, snippet: snippet.slice(0, MAX_SNIPPET), kind, location: { part: "response_body" } };
}
