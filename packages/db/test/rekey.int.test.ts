import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { routeOf } from "@picket/core";
import { mergeFinding, splitFinding, undoOverride } from "../src/identity/override-store.ts";
import { rekeyTarget, targetsWithOtherKeys } from "../src/identity/rekey.ts";
import { learnRoutes } from "../src/identity/route-store.ts";
import { KEYS, type KeyScheme } from "../src/ingest/keys.ts";
import { storeResults } from "../src/ingest/store-results.ts";
import { batchOf, endpointAt, proof, sighting } from "../src/testing/result-builders.ts";
import { seedTarget } from "../src/testing/seed.ts";
import { seedAttempt, seedScan } from "../src/testing/seed-scan.ts";
import { listRoutes } from "../src/views/identity-view.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();
let targetId: string;
let projectId: string;

beforeEach(async () => {
  ({ targetId, projectId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" }));
});

const PROOF = proof("shown");
const TENTS = Array.from({ length: 12 }, (_, index) => `http://app.test/product/red-tent-${index}`);
const onRoute = (url: string) => sighting(url, [PROOF], { rootCause: { level: "route", key: "" } });
const onTarget = (url: string) => sighting(url, [PROOF]);

/** A scan that discovers `urls`, learns, and then reports. */
async function scan(
  urls: readonly string[],
  findings = urls.slice(0, 3).flatMap((url) => [onRoute(url), onTarget(url)]),
) {
  const { scanId, runIds } = await seedScan(database, targetId, { crawl: {}, headers: {} });
  const crawl = await seedAttempt(database, runIds.crawl ?? "");
  await storeResults(database, crawl, batchOf({ endpoints: urls.map(endpointAt) }));
  const templates = await database.transaction((sql) =>
    learnRoutes(sql, { targetId, scanId, actor: "worker:test" }),
  );
  const headers = await seedAttempt(database, runIds.headers ?? "");
  await storeResults(database, headers, batchOf({ evidence: [PROOF], findings }));
  return { scanId, templates };
}

function rows<Row extends object = Record<string, unknown>>(
  text: string,
  ...values: unknown[]
): Promise<Row[]> {
  return database.sql.query<Row>(text, [targetId, ...values]);
}

interface Row {
  id: string;
  level: string;
  status: string;
  first: string;
  last: string;
  places: string[];
  routes: string[];
}

/** Findings that are not part of another. */
function findings(): Promise<Row[]> {
  return rows<Row>(
    `SELECT f.id, f.root_cause_level AS level, f.status, f.first_seen_scan_id AS first, f.last_seen_scan_id AS last,
       ARRAY(SELECT i.url FROM instance i WHERE i.finding_id = f.id ORDER BY 1) AS places,
       ARRAY(SELECT DISTINCT i.route FROM instance i WHERE i.finding_id = f.id ORDER BY 1) AS routes
     FROM finding f WHERE f.target_id = $1::uuid AND f.status <> 'soft_deleted' ORDER BY level, f.id`,
  );
}

describe("routes", () => {
  it("are used by the scan that learns them, and listed", async () => {
    const { scanId, templates } = await scan(TENTS);
    expect(templates).toEqual(["/product/{slug}"]);
    expect(await findings()).toMatchObject([
      { level: "target", routes: ["/product/{slug}"] },
      { level: "route", routes: ["/product/{slug}"] },
    ]);
    expect(await rows("SELECT DISTINCT route FROM endpoint WHERE target_id = $1::uuid")).toEqual([
      { route: "/product/{slug}" },
    ]);
    const { items } = await listRoutes(database.sql, targetId, { limit: 10 });
    expect(items).toMatchObject([{ template: "/product/{slug}", examples: 12, learnedScanId: scanId }]);
  });

  it("stay learned when a later scan finds less, which learns nothing again", async () => {
    await scan(TENTS);
    const second = await scan(TENTS.slice(0, 3));
    expect(second.templates).toEqual([]);
    expect((await findings()).filter(({ first }) => first === second.scanId)).toEqual([]);
  });

  it("learned later unite what was seen before: nothing new, no other status, all places", async () => {
    const first = await scan(TENTS.slice(0, 3));
    expect(await findings()).toHaveLength(4);
    await rows(
      `UPDATE finding SET status = 'fixed', fixed_at = now() WHERE target_id = $1::uuid AND id =
         (SELECT min(id::text)::uuid FROM finding WHERE target_id = $1::uuid AND root_cause_level = 'route')`,
    );
    const second = await scan(TENTS);
    expect(second.templates).toEqual(["/product/{slug}"]);
    const after = await findings();
    expect(after).toMatchObject([
      {
        level: "target",
        status: "open",
        first: first.scanId,
        last: second.scanId,
        places: TENTS.slice(0, 3),
      },
      { level: "route", status: "open", first: first.scanId, last: second.scanId, places: TENTS.slice(0, 3) },
    ]);
    expect(after.every(({ routes }) => routes.join() === "/product/{slug}")).toBe(true);
    const merges = await rows<{ rule: string; reason: string }>(
      "SELECT rule, reason FROM identity_override WHERE target_id = $1::uuid",
    );
    expect(merges).toEqual(Array(2).fill({ rule: "route-template", reason: "/product/{slug}" }));
    const locations = await rows(
      "SELECT DISTINCT location_key FROM instance i JOIN finding f ON f.id = i.finding_id WHERE target_id = $1::uuid",
    );
    expect(locations).toHaveLength(1);
  });

  it("that were learned wrongly are taken back with all they united, for good", async () => {
    const shape = async () => (await findings()).map(({ level, status, places }) => [level, status, places]);
    const first = await scan(TENTS.slice(0, 3));
    const before = await shape();
    await scan(TENTS);
    const [override] = await rows<{ id: string }>(
      "SELECT id FROM identity_override WHERE target_id = $1::uuid LIMIT 1",
    );
    await database.transaction((sql) => undoOverride(sql, override?.id ?? "", "token:b"));
    expect((await shape()).map(String).sort()).toEqual(before.map(String).sort());
    const later = await scan(TENTS);
    expect(later.templates).toEqual([]);
    expect((await shape()).map(String).sort()).toEqual(before.map(String).sort());
    expect((await findings()).every((finding) => finding.first === first.scanId)).toBe(true);
    expect((await findings()).every((finding) => finding.last === later.scanId)).toBe(true);
  });

  it("learned after a person's merge obey it in three scans, and give all back when it is undone", async () => {
    await scan(TENTS.slice(0, 3));
    const before = await findings();
    const [from] = before.filter(({ level }) => level === "route");
    const [into] = before.filter(({ level }) => level === "target");
    const override = await database.transaction((sql) =>
      mergeFinding(sql, from?.id ?? "", { into: into?.id ?? "", reason: "the same" }, "token:a"),
    );
    for (let round = 0; round < 3; round += 1) await scan(TENTS, TENTS.slice(0, 3).map(onRoute));
    expect((await findings()).map(({ id }) => id)).toEqual([into?.id]);
    await database.transaction((sql) => undoOverride(sql, override, "token:b"));
    expect((await findings()).map(({ level, status }) => `${level} ${status}`)).toEqual([
      "target open",
      "route open",
    ]);
  });

  it("do not widen an exception of one place to those that it became one with", async () => {
    await scan(TENTS.slice(0, 3));
    await exceptFirstPlace();
    expect(await exceptedPlaces()).toHaveLength(1);
    await scan(TENTS);
    expect(await exceptedPlaces()).toHaveLength(0);
  });
});

/** Of the finding of level `target`. */
async function exceptFirstPlace(): Promise<void> {
  await rows(
    `INSERT INTO exception_record (id, project_id, target_id, scope, finding_key, instance_key, finding_type, max_severity,
                                   reason, owner, requested_by, requester_person, expires_at)
     SELECT gen_random_uuid(), $2::uuid, f.target_id, 'instance', f.dedupe_key, i.instance_key, f.type, f.severity, 'x', 'Ada',
            'token:a', 'ada', now() + interval '1 day'
     FROM finding f JOIN instance i ON i.finding_id = f.id
     WHERE f.target_id = $1::uuid AND f.root_cause_level = 'target' ORDER BY i.id LIMIT 1`,
    projectId,
  );
}

function exceptedPlaces() {
  return rows(
    `SELECT i.url FROM exception_record x JOIN finding f ON f.target_id = x.target_id AND f.dedupe_key = x.finding_key
     JOIN instance i ON i.finding_id = f.id AND i.instance_key = x.instance_key WHERE x.target_id = $1::uuid`,
  );
}

/** The next version: one part more. */
const NEXT: KeyScheme = {
  ...KEYS,
  dedupeKey: (finding, route) =>
    `v9:${createHash("sha256")
      .update(`${KEYS.dedupeKey(finding, route)} new part`)
      .digest("hex")}`,
  placeKeys(instance, route) {
    const keys = KEYS.placeKeys(instance, route);
    return {
      ...keys,
      instanceKey: createHash("sha256").update(`${keys.instanceKey} new part`).digest("hex"),
    };
  },
};

describe("an upgrade of the keys", () => {
  const upgrade = () =>
    database.transaction((sql) =>
      rekeyTarget(sql, targetId, { rule: "key-scheme", reason: "next", actor: "cli", keys: NEXT }),
    );
  const states = () =>
    rows(
      `SELECT to_jsonb(f) - 'dedupe_key' - 'updated_at' AS f,
              (SELECT jsonb_agg(to_jsonb(i) - 'instance_key' - 'source_key' ORDER BY i.id) FROM instance i WHERE i.finding_id = f.id) AS i
       FROM finding f WHERE f.target_id = $1::uuid ORDER BY f.id`,
    );

  it("changes keys and nothing else", async () => {
    await scan(TENTS.slice(0, 3));
    await rows(
      `UPDATE finding SET status = 'fixed', fixed_at = now() WHERE target_id = $1::uuid AND root_cause_level = 'target'`,
    );
    const before = await states();
    expect(await targetsWithOtherKeys(database.sql, "v9")).toContain(targetId);
    await upgrade();
    expect(await states()).toEqual(before);
    expect(await targetsWithOtherKeys(database.sql, "v9")).not.toContain(targetId);
    const keys = await rows<{ key: string }>(
      "SELECT left(dedupe_key, 3) AS key FROM finding WHERE target_id = $1::uuid",
    );
    expect(new Set(keys.map(({ key }) => key))).toEqual(new Set(["v9:"]));
    await upgrade();
    expect(await states()).toEqual(before);
  });

  it("that loses its connection before the end has changed nothing, and is done the next time", async () => {
    await scan(TENTS.slice(0, 3));
    const keys = () => rows("SELECT id, dedupe_key FROM finding WHERE target_id = $1::uuid ORDER BY id");
    const before = [await states(), await keys()];
    const cutOff = database.transaction(async (sql) => {
      await rekeyTarget(sql, targetId, { rule: "key-scheme", reason: "next", actor: "cli", keys: NEXT });
      await sql.query("SELECT pg_terminate_backend(pg_backend_pid())");
    });
    await expect(cutOff).rejects.toThrow();
    expect([await states(), await keys()]).toEqual(before);
    await upgrade();
    expect(await states()).toEqual(before[0]);
    expect(await targetsWithOtherKeys(database.sql, "v9")).not.toContain(targetId);
  });

  it("reaches every place of a finding, however many there are", async () => {
    const urls = Array.from({ length: 2_100 }, (_, page) => `http://app.test/page-${page}.html`);
    await scan(urls, urls.map(onTarget));
    await upgrade();
    const places = await rows<{ url: string; key: string }>(
      "SELECT i.url, i.instance_key AS key FROM instance i JOIN finding f ON f.id = i.finding_id WHERE f.target_id = $1::uuid",
    );
    expect(places).toHaveLength(urls.length);
    const wanted = (url: string) => NEXT.placeKeys({ method: "GET", url }, routeOf).instanceKey;
    expect(places.filter(({ url, key }) => key !== wanted(url))).toEqual([]);
  });

  it("keeps what an exception covers", async () => {
    await scan(TENTS.slice(0, 3));
    await exceptFirstPlace();
    const before = await exceptedPlaces();
    await upgrade();
    expect(before).toHaveLength(1);
    expect(await exceptedPlaces()).toEqual(before);
  });

  it("keeps decisions: a part stays a part, and can be undone after it", async () => {
    await scan(TENTS.slice(0, 3));
    const [whole] = (await findings()).filter(({ level }) => level === "target");
    const [place] = await rows<{ id: string }>(
      "SELECT i.id FROM instance i JOIN finding f ON f.id = i.finding_id WHERE f.target_id = $1::uuid AND f.id = $2::uuid LIMIT 1",
      whole?.id,
    );
    const override = await database.transaction((sql) =>
      splitFinding(sql, whole?.id ?? "", { instanceIds: [place?.id ?? ""], reason: "apart" }, "token:a"),
    );
    await upgrade();
    const decisions = await rows<{ fits: boolean }>(
      `SELECT o.dedupe_key = f.dedupe_key AND o.instance_keys[1] = i.instance_key AND i.source_key = f.dedupe_key AS fits
       FROM identity_override o JOIN finding f ON f.id = o.finding_id JOIN instance i ON i.finding_id = o.into_finding_id
       WHERE o.target_id = $1::uuid`,
    );
    expect(decisions).toEqual([{ fits: true }]);
    await database.transaction((sql) => undoOverride(sql, override, "token:b"));
    expect((await findings()).filter(({ level }) => level === "target")).toMatchObject([
      { places: TENTS.slice(0, 3) },
    ]);
  });
});
