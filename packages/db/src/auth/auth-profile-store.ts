import {
  AppError,
  type AuthProfile,
  type AuthProfileChange,
  type AuthRecipe,
  type AuthSecretField,
  type AuthSecrets,
  type NewAuthProfile,
  originOf,
  parseWebUrl,
  secretFieldsOf,
  secretProblems,
  tryParseWebUrl,
  uuidv7,
} from "@picket/core";
import { appendAudit } from "../audit/audit-store.ts";
import { definedOnly } from "../defined-only.ts";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import { base64Of, type Envelope, openSecret, sealSecret } from "./envelope.ts";
import type { KeyRing } from "./key-ring.ts";

/** Who changes secrets, and with which keys. */
export interface SecretWriter {
  ring: KeyRing;
  actor: string;
}

/** Returns the new profile's id. Throws INVALID_INPUT and CONFLICT; SECRET_KEY_UNAVAILABLE without a key. */
export async function createAuthProfile(
  sql: Sql,
  { secrets, ...profile }: NewAuthProfile,
  { ring, actor }: SecretWriter,
): Promise<string> {
  const origin = await originOfTarget(sql, profile.targetId);
  assertUrls(origin, profile);
  await assertFreeName(sql, profile);
  const id = uuidv7();
  await sql.query(
    `INSERT INTO auth_profile (id, target_id, name, origin, recipe, probe, destructive_words, created_by)
     VALUES ($1::uuid, $2::uuid, $3, $4, $5::jsonb, $6::jsonb, $7::text[], $8)`,
    [
      id,
      profile.targetId,
      profile.name,
      origin,
      jsonParameter(profile.recipe),
      jsonParameter(profile.probe),
      profile.destructiveWords,
      actor,
    ],
  );
  await writeSecrets(sql, id, { secrets, ring });
  const params = { authProfileId: id, ...profile, secrets: Object.keys(secrets) };
  await appendAudit(sql, { actor, action: "auth_profile.created", params });
  return id;
}

/** Throws NOT_FOUND, INVALID_INPUT when recipe and secrets do not fit afterwards, and as `createAuthProfile` does. */
export async function updateAuthProfile(
  sql: Sql,
  id: string,
  { change, ring, actor }: SecretWriter & { change: AuthProfileChange },
): Promise<void> {
  const { targetId, origin, fields, ...before } = await lockProfile(sql, id);
  const { secrets = {}, ...given } = change;
  const after = { ...before, ...definedOnly(given) };
  assertUrls(origin, after);
  if (after.name !== before.name) await assertFreeName(sql, { targetId, name: after.name });
  await dropSecrets(sql, id, after.recipe);
  const kept = fields.filter((field) => secretFieldsOf(after.recipe).includes(field));
  const [problem] = secretProblems(after.recipe, [...new Set([...kept, ...fieldsOf(secrets)])]);
  if (problem) throw invalid("secrets", problem);
  await sql.query(
    `UPDATE auth_profile SET name = $2, recipe = $3::jsonb, probe = $4::jsonb, destructive_words = $5::text[],
            version = version + 1, updated_at = now()
     WHERE id = $1::uuid`,
    [id, after.name, jsonParameter(after.recipe), jsonParameter(after.probe), after.destructiveWords],
  );
  await writeSecrets(sql, id, { secrets, ring });
  const params = { authProfileId: id, before, after, secrets: fieldsOf(secrets) };
  await appendAudit(sql, { actor, action: "auth_profile.updated", params });
}

/** Its secrets are gone at once; what scans refer to stays. Throws NOT_FOUND, and CONFLICT while a schedule uses it. */
export async function deleteAuthProfile(sql: Sql, id: string, actor: string): Promise<void> {
  const { name } = await lockProfile(sql, id);
  const [schedule] = await sql.query<{ id: string }>(
    "SELECT id FROM schedule WHERE auth_profile_id = $1::uuid AND removed_at IS NULL LIMIT 1",
    [id],
  );
  if (schedule) {
    throw new AppError("CONFLICT", `schedule ${schedule.id} uses this auth profile`, {
      hint: "Remove the schedule first.",
    });
  }
  await sql.query("DELETE FROM auth_secret WHERE profile_id = $1::uuid", [id]);
  await sql.query("UPDATE auth_profile SET deleted_at = now() WHERE id = $1::uuid", [id]);
  await appendAudit(sql, { actor, action: "auth_profile.deleted", params: { authProfileId: id, name } });
}

/**
 * The profile as a scan was planned with it, its secrets in plain text. Throws CONFLICT when it was changed or deleted
 * since then, and as `openSecret` does.
 */
export async function openAuthProfile(
  sql: Sql,
  ring: KeyRing,
  { id, version }: { id: string; version: number },
): Promise<AuthProfile> {
  const [row] = await sql.query<Omit<AuthProfile, "secrets">>(
    `SELECT id, name, version, origin, recipe, probe, destructive_words AS "destructiveWords"
     FROM auth_profile WHERE id = $1::uuid AND version = $2::int AND deleted_at IS NULL`,
    [id, version],
  );
  if (!row) {
    throw new AppError("CONFLICT", "the auth profile was changed or deleted after this scan was planned", {
      hint: "Start another scan.",
    });
  }
  return { ...row, secrets: await openSecrets(sql, ring, id) };
}

type StoredSecret = Envelope & { field: AuthSecretField };

async function openSecrets(sql: Sql, ring: KeyRing, profileId: string): Promise<AuthSecrets> {
  const stored = await sql.query<StoredSecret>(
    `SELECT field, key_id AS "keyId", wrapped_key AS "wrappedKey", ciphertext FROM auth_secret
     WHERE profile_id = $1::uuid`,
    [profileId],
  );
  return Object.fromEntries(
    stored.map(({ field, ...envelope }) => [field, openSecret(ring, { profileId, field }, envelope)]),
  );
}

function fieldsOf(secrets: AuthSecrets): AuthSecretField[] {
  return Object.keys(secrets) as AuthSecretField[];
}

async function writeSecrets(
  sql: Sql,
  profileId: string,
  { secrets, ring }: { secrets: AuthSecrets; ring: KeyRing },
): Promise<void> {
  for (const field of fieldsOf(secrets)) {
    const { keyId, wrappedKey, ciphertext } = sealSecret(ring, { profileId, field }, secrets[field] ?? "");
    await sql.query(
      `INSERT INTO auth_secret (profile_id, field, key_id, wrapped_key, ciphertext)
       VALUES ($1::uuid, $2, $3, decode($4, 'base64'), decode($5, 'base64'))
       ON CONFLICT (profile_id, field) DO UPDATE SET key_id = excluded.key_id, wrapped_key = excluded.wrapped_key,
         ciphertext = excluded.ciphertext, updated_at = now()`,
      [profileId, field, keyId, base64Of(wrappedKey), base64Of(ciphertext)],
    );
  }
}

/** Those that the recipe does not know. */
async function dropSecrets(sql: Sql, profileId: string, recipe: AuthRecipe): Promise<void> {
  await sql.query("DELETE FROM auth_secret WHERE profile_id = $1::uuid AND field <> ALL ($2::text[])", [
    profileId,
    secretFieldsOf(recipe),
  ]);
}

type StoredProfile = Pick<NewAuthProfile, "name" | "recipe" | "probe" | "destructiveWords">;

async function lockProfile(
  sql: Sql,
  id: string,
): Promise<StoredProfile & { targetId: string; origin: string; fields: AuthSecretField[] }> {
  const [profile] = await sql.query<
    StoredProfile & { targetId: string; origin: string; fields: AuthSecretField[] }
  >(
    `SELECT name, recipe, probe, destructive_words AS "destructiveWords", target_id AS "targetId", origin,
            ARRAY(SELECT field FROM auth_secret WHERE profile_id = id) AS fields
     FROM auth_profile WHERE id = $1::uuid AND deleted_at IS NULL FOR NO KEY UPDATE`,
    [id],
  );
  if (!profile) throw new AppError("NOT_FOUND", `there is no auth profile ${id}`);
  return profile;
}

async function originOfTarget(sql: Sql, id: string): Promise<string> {
  const [target] = await sql.query<{ baseUrl: string }>(
    `SELECT base_url AS "baseUrl" FROM target WHERE id = $1::uuid AND deleted_at IS NULL FOR NO KEY UPDATE`,
    [id],
  );
  if (!target) throw invalid("targetId", `there is no target ${id}`);
  return originOf(parseWebUrl(target.baseUrl));
}

/** Names are the target's own; the lock of its row keeps two of the same from being made at once. */
async function assertFreeName(
  sql: Sql,
  { targetId, name }: Pick<NewAuthProfile, "targetId" | "name">,
): Promise<void> {
  await originOfTarget(sql, targetId);
  const found = await sql.query(
    "SELECT 1 FROM auth_profile WHERE target_id = $1::uuid AND name = $2 AND deleted_at IS NULL",
    [targetId, name],
  );
  if (found.length > 0) throw new AppError("CONFLICT", `the target has an auth profile ${name} already`);
}

/** What is sent with the session, or makes it, goes to the profile's own origin; only a token endpoint may be elsewhere. */
function assertUrls(origin: string, { recipe, probe }: Pick<NewAuthProfile, "recipe" | "probe">): void {
  const urls: [string, string | undefined][] = [["probe.url", probe.url]];
  if ("loginUrl" in recipe)
    urls.push(["recipe.loginUrl", recipe.loginUrl], ["recipe.totp.url", recipe.totp?.url]);
  for (const [path, text] of urls) {
    if (text === undefined) continue;
    const url = tryParseWebUrl(text, origin);
    if (!url || originOf(url) !== origin) throw invalid(path, `must be a path, or a URL on ${origin}`);
  }
}

function invalid(path: string, message: string): AppError {
  return new AppError("INVALID_INPUT", `${path}: ${message}`, { details: { issues: [{ path, message }] } });
}
