import { AppError } from "@picket/core";
import type { Connection, Database } from "../database.ts";
import type { Prisma } from "../generated/client.ts";
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
  return database.command(async (connection) => {
    const earlier = request && (await claim(connection, request));
    if (earlier) return { answer: earlier, isReplayed: true };
    const answer = await command({
      ...database,
      ...connection,
      transaction: (work) => work(connection.sql),
      command: (work) => work(connection),
    });
    if (request) await keep(connection, request, answer);
    return { answer, isReplayed: false };
  });
}

/** What of an answer is kept as JSON; its status has a column. */
type KeptBody = Pick<Answer, "headers" | "body">;

/** Null: the key is this request's own now. */
async function claim({ records, sql }: Connection, request: RequestKey): Promise<Answer | null> {
  await forgetOld(sql);
  const { count } = await records.idempotencyKey.createMany({ data: request, skipDuplicates: true });
  if (count > 0) return null;
  const { tokenId, key } = request;
  const kept = await records.idempotencyKey.findUnique({ where: { tokenId_key: { tokenId, key } } });
  if (kept?.requestHash !== request.requestHash || kept.status === null) {
    throw new AppError("IDEMPOTENCY_MISMATCH", `the Idempotency-Key ${key} was used for another request`, {
      hint: "Use a new key for a new request; repeat a request unchanged.",
    });
  }
  return { status: kept.status, ...(kept.response as unknown as KeptBody) };
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

async function keep({ records }: Connection, { tokenId, key }: RequestKey, answer: Answer): Promise<void> {
  const { status, ...kept } = answer;
  await records.idempotencyKey.update({
    where: { tokenId_key: { tokenId, key } },
    data: { status, response: kept as Prisma.InputJsonObject },
  });
}
