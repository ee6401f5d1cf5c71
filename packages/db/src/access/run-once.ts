import { AppError } from "@picket/core";
import type { Database } from "../database.ts";
import type { Sql } from "../sql.ts";

/** What a command answered, as it is repeated. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

export interface RequestKey {
  tokenId: string;
  /** The client's Idempotency-Key. */
  key: string;
  /** SHA-256 of the request, hex. */
  requestHash: string;
}

/** How long an answer is repeated. */
const KEPT = "24 hours";

/**
 * Runs a command in one transaction: what it writes through the given database, its audit event and the answer that is
 * kept for repetition become true together or not at all. A request with a key that was answered gets that answer; one
 * whose first run is still under way waits for its end. Throws IDEMPOTENCY_MISMATCH when the key came with another
 * request, and whatever `command` throws: then nothing is kept, and the request may be repeated.
 */
export async function runOnce(
  database: Database,
  request: RequestKey | null,
  command: (database: Database) => Promise<Answer>,
): Promise<{ answer: Answer; isReplayed: boolean }> {
  return database.transaction(async (sql) => {
    const earlier = request && (await claim(sql, request));
    if (earlier) return { answer: earlier, isReplayed: true };
    const answer = await command({ ...database, sql, transaction: (work) => work(sql) });
    if (request) await keep(sql, request, answer);
    return { answer, isReplayed: false };
  });
}

interface KeptAnswer {
  requestHash: string;
  status: number;
  response: Pick<Answer, "headers" | "body">;
}

/** Null: the key is this request's own now. */
async function claim(sql: Sql, { tokenId, key, requestHash }: RequestKey): Promise<Answer | null> {
  await forgetOld(sql);
  const claimed = await sql.query(
    `INSERT INTO idempotency_key (token_id, key, request_hash) VALUES ($1::uuid, $2, $3)
     ON CONFLICT DO NOTHING RETURNING key`,
    [tokenId, key, requestHash],
  );
  if (claimed.length > 0) return null;
  const [kept] = await sql.query<KeptAnswer>(
    `SELECT request_hash AS "requestHash", status, response FROM idempotency_key
     WHERE token_id = $1::uuid AND key = $2`,
    [tokenId, key],
  );
  if (kept?.requestHash !== requestHash) {
    throw new AppError("IDEMPOTENCY_MISMATCH", `the Idempotency-Key ${key} was used for another request`, {
      hint: "Use a new key for a new request; repeat a request unchanged.",
    });
  }
  return { status: kept.status, ...kept.response };
}

/** A few at a time and none that another transaction holds, so that nobody waits for it. */
async function forgetOld(sql: Sql): Promise<void> {
  await sql.query(
    `DELETE FROM idempotency_key WHERE (token_id, key) IN (
       SELECT token_id, key FROM idempotency_key WHERE created_at < now() - $1::interval
       ORDER BY created_at LIMIT 100 FOR UPDATE SKIP LOCKED)`,
    [KEPT],
  );
}

async function keep(sql: Sql, { tokenId, key }: RequestKey, answer: Answer): Promise<void> {
  const { status, headers, body } = answer;
  await sql.query(
    "UPDATE idempotency_key SET status = $3, response = $4::jsonb WHERE token_id = $1::uuid AND key = $2",
    [tokenId, key, status, JSON.stringify({ headers, body })],
  );
}
