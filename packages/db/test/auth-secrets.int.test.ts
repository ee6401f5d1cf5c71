import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { type AuthSecrets, uuidv7 } from "@picket/core";
import { createAuthProfile, openAuthProfile } from "../src/auth/auth-profile-store.ts";
import { base64Of, sealSecret } from "../src/auth/envelope.ts";
import { createKeyRing } from "../src/auth/key-ring.ts";
import { rotateKeys } from "../src/auth/rotate-keys.ts";
import { seedTarget } from "../src/testing/seed.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();
let targetId: string;

beforeAll(async () => {
  targetId = (await seedTarget(database.sql, { baseUrl: "http://app.test/" })).targetId;
});

const OLD = { id: "old", key: randomBytes(32) };
const NEW = { id: "new", key: randomBytes(32) };
const before = createKeyRing([OLD]);
const during = createKeyRing([NEW, OLD]);
const after = createKeyRing([NEW]);
/** What S7 asks for. */
const PROFILES = 10_000;
const ROTATION_MS = 10_000;

/** Profiles with a password each, under the old key; in sets, for their number. */
async function seedProfiles(count: number): Promise<string[]> {
  const rows = Array.from({ length: count }, () => {
    const id = uuidv7();
    const { wrappedKey, ciphertext } = sealSecret(
      before,
      { profileId: id, field: "value" },
      `secret of ${id}`,
    );
    return { id, wrapped: base64Of(wrappedKey), ciphertext: base64Of(ciphertext) };
  });
  const column = (name: "id" | "wrapped" | "ciphertext") => rows.map((row) => row[name]);
  await database.sql.query(
    `INSERT INTO auth_profile (id, target_id, name, origin, recipe, probe, created_by)
     SELECT id, $1::uuid, id::text, 'http://app.test', '{"kind":"cookie"}', '{"url":"/"}', 'test' FROM unnest($2::uuid[]) AS r(id)`,
    [targetId, column("id")],
  );
  await database.sql.query(
    `INSERT INTO auth_secret (profile_id, field, key_id, wrapped_key, ciphertext)
     SELECT id, 'value', 'old', decode(w, 'base64'), decode(c, 'base64') FROM unnest($1::uuid[], $2::text[], $3::text[]) AS r(id, w, c)`,
    [column("id"), column("wrapped"), column("ciphertext")],
  );
  return column("id");
}

const open = (id: string, ring = during) => openAuthProfile(database.sql, ring, { id, version: 1 });

describe("secrets at rest", () => {
  it("move under a new key within 10 s for 10,000 profiles, and open all the while (S7)", async () => {
    const ids = await seedProfiles(PROFILES);
    const startedAt = performance.now();
    let opened = 0;
    const rotation = database.transaction((sql) => rotateKeys(sql, { ring: during, actor: "test" }));
    let isDone = false;
    const reading = (async () => {
      while (!isDone) {
        const id = ids[opened % ids.length] ?? "";
        expect((await open(id)).secrets).toEqual({ value: `secret of ${id}` });
        opened += 1;
      }
    })();
    const result = await rotation.finally(() => {
      isDone = true;
    });
    const elapsedMs = performance.now() - startedAt;
    await reading;
    expect(result).toEqual({ keyId: "new", rotated: PROFILES });
    expect(elapsedMs).toBeLessThan(ROTATION_MS);
    expect(opened).toBeGreaterThan(10);
    for (const id of ids.filter((_, index) => index % 97 === 0))
      expect((await open(id, after)).secrets).toEqual({ value: `secret of ${id}` });
    const left = await database.sql.query("SELECT 1 FROM auth_secret WHERE key_id <> 'new'");
    expect(left).toEqual([]);
  }, 60_000);

  it("do not open in another profile's row, and say which key is missing", async () => {
    const ids = await seedProfiles(2);
    await database.sql.query(
      `UPDATE auth_secret s SET wrapped_key = o.wrapped_key, ciphertext = o.ciphertext
       FROM auth_secret o WHERE s.profile_id = $1::uuid AND o.profile_id = $2::uuid`,
      ids,
    );
    await expect(open(ids[0] ?? "")).rejects.toThrow("does not open");
    await expect(open(ids[1] ?? "", after)).rejects.toThrow("under key old, which is not configured");
    const rotation = database.transaction((sql) => rotateKeys(sql, { ring: after, actor: "test" }));
    await expect(rotation).rejects.toMatchObject({ code: "SECRET_KEY_UNAVAILABLE" });
  });

  it("hold no plain text, whatever its length", async () => {
    const secrets: AuthSecrets = { password: "pl4nted-s3cr3t", totpSeed: "JBSWY3DPEHPK3PXP" };
    const totp = { field: "otp", digits: 6, periodSeconds: 30, algorithm: "sha1" } as const;
    const login = { loginUrl: "/login", usernameField: "u", passwordField: "p", extraFields: {}, totp };
    const profile = {
      targetId,
      name: "plain",
      recipe: { kind: "form", username: "ana", ...login },
      probe: { url: "/me", status: 200 },
      destructiveWords: [],
      secrets,
    } as const;
    const id = await createAuthProfile(
      database.sql,
      { ...profile, destructiveWords: [] },
      { ring: during, actor: "test" },
    );
    expect((await open(id)).secrets).toEqual(secrets);
    const rows = await database.sql.query<{ row: string }>(
      `SELECT s::text || encode(s.ciphertext, 'escape') || encode(s.wrapped_key, 'escape') AS row
       FROM auth_secret s WHERE profile_id = $1::uuid
       UNION ALL SELECT p::text FROM auth_profile p UNION ALL SELECT a::text FROM audit_event a`,
      [id],
    );
    expect(rows.map(({ row }) => row).join("\n")).not.toMatch(/pl4nted|JBSWY3DP/);
  });
});
