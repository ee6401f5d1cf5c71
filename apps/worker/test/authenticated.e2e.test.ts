import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type AuthRecipe, type HealthSignal, NewAuthProfile } from "@picket/core";
import { createAuthProfile, createKeyRing } from "@picket/db";
import { MEMBER, type RunningLab, startLab } from "@picket/lab";
import { waitFor } from "@picket/testing";
import { createPlatform, type Platform } from "./harness.ts";

const KEY = "ab".repeat(32);
const ring = createKeyRing([{ id: "k1", key: Buffer.from(KEY, "hex") }]);

let platform: Platform;
let lab: RunningLab;

beforeAll(async () => {
  [platform, lab] = await Promise.all([createPlatform(), startLab("members")]);
  await Promise.all([1, 2].map(() => platform.startWorker({ SECRET_KEYS: `k1:${KEY}` })));
}, 90_000);
afterAll(async () => {
  await lab.stop();
  await platform.close();
}, 30_000);

let names = 0;

async function profile(
  targetId: string,
  recipe: object,
  secrets: object,
  more: object = {},
): Promise<string> {
  names += 1;
  const probe = { url: "/members", contains: "Hello ana." };
  const given = NewAuthProfile.parse({ targetId, name: `login ${names}`, recipe, probe, secrets, ...more });
  return createAuthProfile(platform.database.sql, given, { ring, actor: "test" });
}

interface Ended {
  scanId: string;
  status: string;
  authenticated: boolean | null;
  health: HealthSignal[];
  /** Routes with a finding. */
  routes: string[];
}

async function scan(targetId: string, authProfileId?: string): Promise<Ended> {
  const scanId = await platform.startScan(targetId, authProfileId ? { authProfileId } : {});
  const status = await platform.scanEnd(scanId, 90_000);
  const [row] = await platform.rows<Pick<Ended, "authenticated" | "health">>(
    "SELECT authenticated, health FROM scan WHERE id = $1::uuid",
    scanId,
  );
  const found = await platform.rows<{ route: string }>(
    `SELECT DISTINCT i.route FROM observation o JOIN instance i ON i.id = o.instance_id
     WHERE o.scan_id = $1::uuid ORDER BY 1`,
    scanId,
  );
  return {
    scanId,
    status,
    authenticated: row?.authenticated ?? null,
    health: row?.health ?? [],
    routes: found.map(({ route }) => route),
  };
}

/** What a browser would send after its login. */
async function sessionCookie(): Promise<string> {
  const { headers } = await fetch(`${lab.url}/login`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ username, password, csrf: "c5rf-6" }),
  });
  const [cookie = ""] = (headers.get("set-cookie") ?? "").split(";");
  return cookie;
}

const target = () => platform.target({ baseUrl: `${lab.url}/` });
const high = ({ health }: Ended) => health.filter(({ level }) => level === "high").map(({ code }) => code);
const { username, password, clientId, clientSecret, apiKey, totpSeed } = MEMBER;
const MEMBERS = ["/members", "/members/orders", "/members/orders/{id}", "/members/profile"];
const form = { kind: "form", loginUrl: "/login", username };

describe("a scan behind a login", () => {
  it("finds nothing of it without a profile", async () => {
    const { status, authenticated, routes } = await scan(await target());
    expect([status, authenticated, routes]).toEqual(["succeeded", null, []]);
  }, 120_000);

  it.each<[AuthRecipe["kind"] | string, object, object]>([
    ["header", { kind: "header", header: "x-api-key", scheme: "" }, { value: apiKey }],
    ["basic", { kind: "basic", username }, { password }],
    ["form", form, { password }],
    [
      "form with a one-time code",
      { ...form, loginUrl: "/login/totp", totp: { field: "otp", url: "/login/code" } },
      { password, totpSeed },
    ],
    ["JSON", { kind: "json", loginUrl: "/api/login", username, tokenPath: "data.token" }, { password }],
  ])(
    "proves its session and finds what members see: %s",
    async (_, recipe, secrets) => {
      const targetId = await target();
      const ended = await scan(targetId, await profile(targetId, recipe, secrets));
      expect(ended).toMatchObject({ status: "succeeded", authenticated: true, routes: MEMBERS });
      expect(lab.requests().filter(({ url }) => url.includes("logout"))).toEqual([]);
    },
    120_000,
  );

  it("gets a token with client credentials", async () => {
    const targetId = await target();
    const recipe = { kind: "oauth2", tokenUrl: `${lab.url}/oauth/token`, clientId };
    const ended = await scan(targetId, await profile(targetId, recipe, { clientSecret }));
    expect(ended).toMatchObject({ status: "succeeded", authenticated: true, routes: MEMBERS });
  }, 120_000);

  it("logs in again when sessions end every few requests", async () => {
    const targetId = await target();
    const recipe = { ...form, loginUrl: "/login/short" };
    const before = lab.requests().length;
    const ended = await scan(targetId, await profile(targetId, recipe, { password }));
    expect(ended).toMatchObject({ status: "succeeded", authenticated: true, routes: MEMBERS });
    const logins = lab
      .requests()
      .slice(before)
      .filter(({ method, url }) => method === "POST" && url === "/login/short");
    expect(logins.length).toBeGreaterThan(1);
  }, 120_000);

  it("proves the session of given cookies", async () => {
    const targetId = await target();
    const secrets = { value: await sessionCookie() };
    const ended = await scan(targetId, await profile(targetId, { kind: "cookie" }, secrets));
    expect(ended).toMatchObject({ status: "succeeded", authenticated: true, routes: MEMBERS });
    expect(ended.health.map(({ code }) => code)).not.toContain("secret_unmasked");
  }, 120_000);

  it("that ends in the middle and cannot be had again calls nothing fixed, and says so", async () => {
    const targetId = await platform.target({ baseUrl: `${lab.url}/`, budget: { rps: 5 } });
    const authProfileId = await profile(targetId, { kind: "cookie" }, { value: await sessionCookie() });
    expect((await scan(targetId, authProfileId)).routes).toEqual(MEMBERS);

    const before = lab.requests().length;
    const seenByMembers = () =>
      lab
        .requests()
        .slice(before)
        .filter(({ url }) => url === "/members/profile").length;
    const second = scan(targetId, authProfileId);
    await waitFor(() => seenByMembers() > 0, { timeoutMs: 60_000, what: "a page for members" });
    await fetch(`${lab.url}/lab/end-sessions`, { method: "POST" });
    const ended = await second;

    expect(ended.status).not.toBe("succeeded");
    expect(high(ended).filter((code) => code === "auth_lost" || code === "auth_failed")).toHaveLength(1);
    const changes = await platform.rows<{ change: string; route: string }>(
      "SELECT DISTINCT change FROM finding_change WHERE scan_id = $1::uuid ORDER BY 1",
      ended.scanId,
    );
    expect(changes.map(({ change }) => change)).not.toContain("fixed");
    const open = await platform.rows(
      "SELECT 1 FROM finding WHERE target_id = $1::uuid AND status <> 'open'",
      targetId,
    );
    expect(open).toEqual([]);
  }, 180_000);

  it("stops when it cannot log in, and says so", async () => {
    const targetId = await target();
    const ended = await scan(targetId, await profile(targetId, form, { password: "wrong-password" }));
    expect(ended).toMatchObject({ status: "failed", authenticated: false, routes: [] });
    expect(high(ended)).toContain("auth_failed");
    const [run] = await platform.rows<{ reason: string }>(
      "SELECT reason FROM module_run WHERE scan_id = $1::uuid AND plugin = 'crawl'",
      ended.scanId,
    );
    expect(run?.reason).toContain("the login was answered with 401");
  }, 120_000);

  it("takes no probe that anybody passes", async () => {
    const targetId = await target();
    const id = await profile(targetId, form, { password }, { probe: { url: "/" } });
    const ended = await scan(targetId, id);
    expect([ended.authenticated, high(ended)]).toEqual([false, ["auth_failed"]]);
  }, 120_000);

  it("calls nothing fixed that it saw logged in when it looks without", async () => {
    const targetId = await target();
    const first = await scan(targetId, await profile(targetId, form, { password }));
    expect(first.routes).toEqual(MEMBERS);
    const second = await scan(targetId);
    const changes = await platform.rows<{ change: string; reason: string }>(
      "SELECT DISTINCT change, reason FROM finding_change WHERE scan_id = $1::uuid",
      second.scanId,
    );
    expect(changes).toEqual([{ change: "not_observed", reason: "auth_lost" }]);
    const looks = await platform.rows<{ authentication: string }>(
      `SELECT DISTINCT authentication FROM coverage WHERE scan_id = $1::uuid AND route LIKE '/members%'`,
      first.scanId,
    );
    expect(looks.map(({ authentication }) => authentication)).toContain("authenticated");
  }, 180_000);

  it("is compared with what a second user is shown", async () => {
    const shop = await startLab("accounts-vulnerable");
    const targetId = await platform.target({ baseUrl: `${shop.url}/` });
    const login = (value = "") =>
      profile(
        targetId,
        { kind: "header", header: "x-api-key", scheme: "" },
        { value },
        { probe: { url: "/account" } },
      );
    const scanId = await platform.startScan(targetId, {
      authProfileId: await login(shop.keys?.primary),
      comparisonAuthProfileId: await login(shop.keys?.comparison),
    });
    expect(await platform.scanEnd(scanId, 90_000)).toBe("succeeded");
    await shop.stop();
    const found = await platform.rows<{ type: string; route: string; verified: boolean }>(
      `SELECT f.type, i.route, f.verified FROM observation o JOIN instance i ON i.id = o.instance_id
       JOIN finding f ON f.id = i.finding_id JOIN module_run r ON r.id = o.module_run_id
       WHERE o.scan_id = $1::uuid AND r.plugin = 'access-control' ORDER BY 1, 2`,
      scanId,
    );
    expect(found).toEqual([
      { type: "missing-authentication", route: "/api/people", verified: true },
      { type: "object-of-another-user", route: "/api/receipts/{id}", verified: false },
      { type: "object-of-another-user", route: "/orders/{id}", verified: false },
    ]);
    const [run] = await platform.rows<{ auth: { provenAtEnd: boolean } }>(
      `SELECT counters->'comparisonAuth' AS auth FROM module_run WHERE scan_id = $1::uuid AND plugin = 'access-control'`,
      scanId,
    );
    expect(run?.auth.provenAtEnd).toBe(true);
  }, 120_000);
});
