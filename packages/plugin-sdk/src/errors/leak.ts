import type { EvidenceKind, EvidenceLocation } from "@picket/core";
import type { Answer } from "./answer.ts";

/** What answers to errors give away of the application. */
export type ErrorLeakId =
  | "debug-console"
  | "debug-page"
  | "stack-trace"
  | "php-error"
  | "script-error"
  | "sql-error";

/** Something that an answer gives away. */
export interface Leak<Id extends string = ErrorLeakId> {
  readonly claim: Id;
  /** Whose it is, such as `Java` or `nginx`: tells causes of one type apart. */
  readonly key: string;
  readonly snippet: string;
  readonly kind: EvidenceKind;
  readonly location: EvidenceLocation;
}

export type Detector<Id extends string = ErrorLeakId> = (answer: Answer) => Leak<Id>[];

const MAX_SNIPPET = 600;

type BodyLeak<Id extends string> = Pick<Leak<Id>, "claim" | "key" | "snippet"> & {
  readonly kind?: EvidenceKind;
};

/** A leak in the body; `content_proof` unless said otherwise. */
export function bodyLeak<Id extends string>({
  claim,
  key,
  snippet,
  kind = "content_proof",
}: BodyLeak<Id>): Leak<Id> {
  return { claim, key, snippet: snippet.slice(0, MAX_SNIPPET), kind, location: { part: "response_body" } };
}
