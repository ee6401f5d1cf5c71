import { hash } from "node:crypto";
import type { HeaderList } from "@picket/core";
import { type Attempt, recallableFetches, recordedAnswer, type Sql } from "@picket/db";
import type { FetchRecord, RecalledAnswer, RecalledRequest } from "@picket/http";
import type { BodyStore } from "@picket/storage";

/** What asking again has no effect by (RFC 9110 §9.2.1). */
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** What tells a request from others. */
function keyOf({ method, url, headers }: RecalledRequest): string {
  return hash("sha256", JSON.stringify([method, url, headers]));
}

/** What of an exchange is stored, its secrets masked. */
export interface StoredExchange {
  url: string;
  requestHeaders: HeaderList;
  responseHeaders: HeaderList;
  isBodyVerbatim: boolean;
}

/**
 * The key under which a later attempt of the run may be given this answer instead of asking the target again; null when
 * it is not stored to the letter: cut, masked, without its body, or somebody's own behind a login.
 */
export function recallKey(record: FetchRecord, stored: StoredExchange): string | null {
  const { method, url, requestHeaders, responseHeaders } = record;
  const isWhole = responseHeaders !== undefined && !record.truncated && !record.undecoded;
  if (!isWhole || !SAFE.has(method) || record.requestBody || record.authenticated || record.role) return null;
  const isUnmasked =
    stored.isBodyVerbatim &&
    stored.url === url &&
    haveSameValues(stored.requestHeaders, requestHeaders) &&
    haveSameValues(stored.responseHeaders, responseHeaders);
  return isUnmasked ? keyOf({ method, url, headers: requestHeaders }) : null;
}

/** Masking changes values and neither names nor order. */
function haveSameValues(masked: HeaderList, headers: HeaderList): boolean {
  return headers.every(([, value], index) => masked[index]?.[1] === value);
}

export type Recall = (request: RecalledRequest) => Promise<RecalledAnswer | null>;

/**
 * Answers that earlier attempts of a run were given; null when there are none. The k-th request of its kind is given
 * the k-th answer, so what a plugin asks for twice on purpose is two answers here too; what goes beyond them is sent.
 */
export async function createRecall(
  { sql, bodies }: { sql: Sql; bodies: BodyStore },
  run: Attempt,
): Promise<Recall | null> {
  const answers = new Map<string, string[]>();
  for (const { id, key } of run.attempt > 1 ? await recallableFetches(sql, run) : [])
    answers.set(key, [...(answers.get(key) ?? []), id]);
  if (answers.size === 0) return null;

  return async (request) => {
    const fetchId = answers.get(keyOf(request))?.shift();
    // What cannot be had is asked for again, of the target.
    const answer = fetchId === undefined ? null : await recordedAnswer(sql, fetchId).catch(() => null);
    if (!answer) return null;
    const { bodyPath, ...rest } = answer;
    const body = bodyPath === null ? new Uint8Array() : await bodies.get(bodyPath).catch(() => null);
    return body && { ...rest, body };
  };
}
