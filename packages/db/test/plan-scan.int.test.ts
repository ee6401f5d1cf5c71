import { beforeEach, describe, expect, it } from "@jest/globals";
import type { PluginManifest } from "@picket/core";
import { registerReleases } from "../src/plugins/plugin-store.ts";
import { planScan, type ScanPlan } from "../src/scans/plan-scan.ts";
import { requestScanCancel } from "../src/scans/request-scan-cancel.ts";
import { releaseSeed, type SeededTarget, seedTarget } from "../src/testing/seed.ts";
import { planSeed } from "../src/testing/seed-scan.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();
let target: SeededTarget;

beforeEach(async () => {
  target = await seedTarget(database.sql, { baseUrl: "http://app.test:8080/" });
  await offer(["crawl", { stage: "discover", requiredCapabilities: ["http:passive"] }], ["cookies", {}]);
});

async function offer(...plugins: [string, Partial<PluginManifest>, string?][]): Promise<void> {
  const releases = plugins.map(([name, manifest, digest]) => releaseSeed({ ...manifest, name }, digest));
  await registerReleases(database.sql, releases);
}

function plan(changes: Partial<ScanPlan> = {}): Promise<{ scanId: string }> {
  return planScan(database, planSeed(target.targetId, changes));
}

async function one<Row extends object>(text: string, id: string): Promise<Row | undefined> {
  return (await database.sql.query<Row>(text, [id]))[0];
}

async function configHash({ scanId }: { scanId: string }): Promise<string | undefined> {
  return (await one<{ hash: string }>("SELECT config_hash AS hash FROM scan WHERE id = $1::uuid", scanId))
    ?.hash;
}

async function forgetReleases(): Promise<void> {
  await database.sql.query("UPDATE plugin_release SET last_seen_at = last_seen_at - interval '10 minutes'");
}

describe("planScan", () => {
  it("writes the scan, a run of each plugin, and the audit event", async () => {
    const { scanId } = await plan();
    const scan = await one(
      `SELECT status, profile_name, profile_capabilities, storage_mode, mode, requested_by,
              round(extract(epoch FROM deadline - created_at)) AS seconds FROM scan WHERE id = $1::uuid`,
      scanId,
    );
    expect(scan).toEqual({
      status: "queued",
      profile_name: "standard",
      profile_capabilities: [
        "http:passive",
        "http:active",
        "auth:use",
        "auth:compare",
        "tls:connect",
        "intel:read",
      ],
      storage_mode: "sampled",
      mode: "interactive",
      requested_by: "token:test",
      seconds: "60",
    });
    const runs = await database.sql.query(
      "SELECT plugin, status, stage, attempt FROM module_run WHERE scan_id = $1::uuid ORDER BY plugin",
      [scanId],
    );
    expect(runs).toEqual([
      { plugin: "cookies", status: "queued", stage: "inspect", attempt: 0 },
      { plugin: "crawl", status: "queued", stage: "discover", attempt: 0 },
    ]);
    const audit = await database.sql.query(
      "SELECT actor, action, params->>'profile' AS profile FROM audit_event WHERE scan_id = $1::uuid",
      [scanId],
    );
    expect(audit).toEqual([{ actor: "token:test", action: "scan.started", profile: "standard" }]);
  });

  it("skips a module whose capabilities are not granted, and names them", async () => {
    await offer(["attack", { requiredCapabilities: ["http:intrusive", "http:passive"] }]);
    const { scanId } = await plan({ profile: "passive" });
    const run = await one(
      `SELECT status, reason, finished_at IS NOT NULL AS ended FROM module_run
       WHERE scan_id = $1::uuid AND plugin = 'attack'`,
      scanId,
    );
    expect(run).toEqual({
      status: "skipped",
      reason: "profile passive does not grant http:intrusive",
      ended: true,
    });
    await database.sql.query(
      "UPDATE plugin_release SET last_seen_at = now() - interval '1 h' WHERE name = 'attack'",
    );
  });

  it("refuses a scan in which nothing would run, and says why", async () => {
    await offer(["attack", { requiredCapabilities: ["http:intrusive"] }]);
    const before = await database.sql.query("SELECT 1 FROM scan");
    await expect(plan({ profile: "passive", plugins: ["attack"] })).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("would do nothing"),
      hint: expect.stringContaining("attack: profile passive does not grant http:intrusive"),
    });
    await expect(plan({ plugins: [] })).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await database.sql.query("SELECT 1 FROM scan")).toHaveLength(before.length);
    await database.sql.query(
      "UPDATE plugin_release SET last_seen_at = now() - interval '1 h' WHERE name = 'attack'",
    );
  });

  it("gives equal hashes for equal plans and another for any change", async () => {
    const hash = await configHash(await plan());
    expect(await configHash(await plan())).toBe(hash);
    const other = await seedTarget(database.sql, { baseUrl: "http://other.test/" });
    expect(await configHash(await plan({ targetId: other.targetId }))).toBe(hash);
    expect(await configHash(await plan({ profile: "passive" }))).not.toBe(hash);
    await offer(["cookies", {}, "f".repeat(64)]);
    const newCode = await configHash(await plan());
    expect(newCode).not.toBe(hash);
    const configSchema = { type: "object", properties: { limit: { type: "integer", default: 1 } } };
    await offer(["cookies", { configSchema, defaultConfig: { limit: 1 } }, "f".repeat(64)]);
    const settings = { cookies: { limit: 2 } };
    expect(await configHash(await plan({ settings }))).not.toBe(await configHash(await plan()));
    await database.sql.query(
      "UPDATE plugin_release SET last_seen_at = now() - interval '1 h' WHERE code_digest = $1",
      ["f".repeat(64)],
    );
  });

  it("stores the complete configuration", async () => {
    const configSchema = {
      type: "object",
      properties: { limit: { type: "integer", default: 1 }, deep: { type: "boolean", default: false } },
    };
    await offer(["probe", { configSchema, defaultConfig: { limit: 1, deep: false } }]);
    const { scanId } = await plan({ settings: { probe: { deep: true } } });
    const run = await one(
      "SELECT config FROM module_run WHERE scan_id = $1::uuid AND plugin = 'probe'",
      scanId,
    );
    expect(run).toEqual({ config: { limit: 1, deep: true } });
  });

  it("plans with the release registered last among those still offered", async () => {
    const newest = "e".repeat(64);
    await offer(["cookies", { version: "2.0.0" }, newest]);
    const version = async () =>
      one(
        "SELECT version FROM module_run WHERE scan_id = $1::uuid AND plugin = 'cookies'",
        (await plan()).scanId,
      );
    expect(await version()).toEqual({ version: "2.0.0" });
    await offer(["cookies", {}]);
    expect(await version()).toEqual({ version: "2.0.0" });
    await forgetReleases();
    await offer(["cookies", {}]);
    expect(await version()).toEqual({ version: "1.0.0" });
  });

  it("still plans when no worker runs, with what the last ones offered", async () => {
    await forgetReleases();
    const { scanId } = await plan();
    expect(
      await one("SELECT count(*)::int AS runs FROM module_run WHERE scan_id = $1::uuid", scanId),
    ).toEqual({
      runs: expect.any(Number),
    });
  });

  it("refuses a target that no scope entry covers, and says how to add one", async () => {
    const bare = await seedTarget(database.sql, { baseUrl: "http://app.test:8080/", scope: [] });
    await expect(plan({ targetId: bare.targetId })).rejects.toMatchObject({
      code: "OUT_OF_SCOPE",
      message: expect.stringContaining("no scope entry covers app.test:8080"),
      hint: expect.stringContaining("pattern app.test and port 8080"),
    });
  });

  it("refuses a loopback target that only a broad entry covers, and a removed entry", async () => {
    const broad = [{ pattern: "127.0.0.0/8", ports: ["*"] }];
    const loopback = await seedTarget(database.sql, { baseUrl: "http://127.0.0.1:3000/", scope: broad });
    await expect(plan({ targetId: loopback.targetId })).rejects.toMatchObject({ code: "OUT_OF_SCOPE" });
    await database.sql.query(
      "UPDATE scope_entry SET removed_at = now(), removed_by = 'test' WHERE project_id = $1::uuid",
      [target.projectId],
    );
    await expect(plan()).rejects.toMatchObject({ code: "OUT_OF_SCOPE" });
  });

  it("writes nothing when it refuses", async () => {
    const count = async () => database.sql.query("SELECT count(*) AS scans FROM scan");
    const before = await count();
    await expect(plan({ settings: { nothing: {} } })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(plan({ baselineScanId: target.targetId })).rejects.toMatchObject({
      details: { issues: [{ path: "baselineScanId", message: expect.any(String) }] },
    });
    await expect(plan({ targetId: target.projectId })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await count()).toEqual(before);
  });
});

describe("requestScanCancel", () => {
  it("is recorded once, however often it is asked for", async () => {
    const { scanId } = await plan();
    const cancel = () => requestScanCancel(database, { scanId, actor: "token:test" });
    expect(await Promise.all([cancel(), cancel(), cancel()])).toEqual([
      { status: "queued" },
      { status: "queued" },
      { status: "queued" },
    ]);
    const audit = await one(
      "SELECT count(*)::int AS n FROM audit_event WHERE scan_id = $1::uuid AND action = 'scan.cancelled'",
      scanId,
    );
    expect(audit).toEqual({ n: 1 });
  });

  it("refuses a scan that has ended otherwise or is not there", async () => {
    const { scanId } = await plan();
    await database.sql.query(
      "UPDATE scan SET status = 'succeeded', started_at = now(), finished_at = now() WHERE id = $1::uuid",
      [scanId],
    );
    await expect(requestScanCancel(database, { scanId, actor: "a" })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await expect(requestScanCancel(database, { scanId: target.targetId, actor: "a" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});
