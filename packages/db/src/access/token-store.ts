import { AppError, type NewToken, type Role, uuidv7 } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Connection } from "../database.ts";
import type { Sql } from "../sql.ts";

/** What is kept of a token's text. */
export interface TokenSecret {
  /** Unique; finds the row. */
  prefix: string;
  /** HMAC of the whole text, hex. */
  tokenHash: string;
}

/** Returns the new token's id. Throws INVALID_INPUT when it would have expired already. */
export async function createToken(
  { records, sql }: Connection,
  { name, role, person, expiresAt }: NewToken,
  { secret, actor }: { secret: TokenSecret; actor: string },
): Promise<string> {
  if (expiresAt && expiresAt.getTime() <= Date.now()) {
    const message = "must be in the future";
    throw new AppError("INVALID_INPUT", `expiresAt: ${message}`, {
      details: { issues: [{ path: "expiresAt", message }] },
    });
  }
  const { id } = await records.apiToken.create({
    data: { id: uuidv7(), name, role, person, ...secret, createdBy: actor, expiresAt: expiresAt ?? null },
  });
  await appendAudit(sql, {
    actor,
    action: "token.created",
    params: {
      tokenId: id,
      name,
      role,
      person,
      prefix: secret.prefix,
      expiresAt: expiresAt?.toISOString() ?? null,
    },
  });
  return id;
}

/** From now on the token is refused. Throws NOT_FOUND when there is none, CONFLICT when it is revoked already. */
export async function revokeToken({ records, sql }: Connection, id: string, actor: string): Promise<void> {
  const token = await records.apiToken.findUnique({ where: { id }, select: { prefix: true } });
  if (!token) throw new AppError("NOT_FOUND", `there is no token ${id}`);
  const { count } = await records.apiToken.updateMany({
    where: { id, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  if (count === 0) throw new AppError("CONFLICT", `token ${token.prefix} is revoked already`);
  await appendAudit(sql, { actor, action: "token.revoked", params: { tokenId: id, prefix: token.prefix } });
}

export interface StoredToken {
  id: string;
  role: Role;
  /** Whom it stands for. */
  person: string;
  tokenHash: string;
  /** Neither revoked nor expired, by the database's clock. */
  isLive: boolean;
  /** Its last use was noted more than a minute ago, or never. */
  isUseStale: boolean;
}

export async function findTokenByPrefix(sql: Sql, prefix: string): Promise<StoredToken | null> {
  const [token] = await sql.query<StoredToken>(
    `SELECT id, role, person, token_hash AS "tokenHash",
            revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AS "isLive",
            last_used_at IS NULL OR last_used_at < now() - interval '1 minute' AS "isUseStale"
     FROM api_token WHERE prefix = $1`,
    [prefix],
  );
  return token ?? null;
}

/** Notes the use, at most once a minute whoever else does so at the same time. */
export async function touchToken(sql: Sql, id: string): Promise<void> {
  await sql.query(
    `UPDATE api_token SET last_used_at = now()
     WHERE id = $1::uuid AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
    [id],
  );
}
