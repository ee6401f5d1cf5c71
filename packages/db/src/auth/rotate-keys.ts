import type { KeyRotation } from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import type { Sql } from "../sql.ts";
import type { SecretWriter } from "./auth-profile-store.ts";
import { base64Of, type Envelope, rewrapSecret } from "./envelope.ts";

/** Secrets in one statement. */
const PAGE = 5_000;

/**
 * Wraps the data key of every secret that is under another key than the current one anew; no ciphertext is touched, and
 * a profile opens at any time meanwhile. Throws SECRET_KEY_UNAVAILABLE when an old key is not configured any more: then
 * nothing has changed.
 */
export async function rotateKeys(sql: Sql, { ring, actor }: SecretWriter): Promise<KeyRotation> {
  const { id: keyId } = ring.current();
  let rotated = 0;
  for (let count = PAGE; count === PAGE; rotated += count) count = await rotatePage(sql, ring, keyId);
  await appendAudit(sql, { actor, action: "auth_profile.keys_rotated", params: { keyId, rotated } });
  return { keyId, rotated };
}

async function rotatePage(sql: Sql, ring: SecretWriter["ring"], keyId: string): Promise<number> {
  const stored = await sql.query<Envelope & { profileId: string; field: string }>(
    `SELECT profile_id AS "profileId", field, key_id AS "keyId", wrapped_key AS "wrappedKey", ciphertext
     FROM auth_secret WHERE key_id <> $1 ORDER BY profile_id, field LIMIT ${PAGE} FOR NO KEY UPDATE`,
    [keyId],
  );
  const wrapped = stored.map((secret) => base64Of(rewrapSecret(ring, secret, secret).wrappedKey));
  await sql.query(
    `UPDATE auth_secret s SET key_id = $1, wrapped_key = decode(r.wrapped_key, 'base64')
     FROM unnest($2::uuid[], $3::text[], $4::text[]) AS r(profile_id, field, wrapped_key)
     WHERE s.profile_id = r.profile_id AND s.field = r.field`,
    [keyId, stored.map(({ profileId }) => profileId), stored.map(({ field }) => field), wrapped],
  );
  return stored.length;
}
