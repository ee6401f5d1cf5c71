import { beforeEach, describe, expect, it } from "@jest/globals";
import { mergeFinding, splitFinding, undoOverride } from "../src/identity/override-store.ts";
import type { NewFinding } from "../src/ingest/result-batch.ts";
import { storeResults } from "../src/ingest/store-results.ts";
import { batchOf, proof, sighting } from "../src/testing/result-builders.ts";
import { seedTarget } from "../src/testing/seed.ts";
import { seedAttempt, seedScan } from "../src/testing/seed-scan.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();
let targetId: string;

beforeEach(async () => {
  ({ targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" }));
});

const PROOF = proof("shown");
const at = (path: string, changes: Partial<NewFinding> = {}) => ({
  ...sighting(`http://app.test${path}`, [PROOF]),
  ...changes,
});
/** The three findings of an unchanged application: one with three places, two with one. */
const UNCHANGED = [
  at("/"),
  at("/a"),
  at("/b"),
  at("/a", { type: "missing-frame-protection", title: "No frame protection", severity: "high" }),
  at("/x", { type: "other-thing" }),
];

async function scan(findings: readonly NewFinding[], plugin = "headers"): Promise<string> {
  const { scanId, runIds } = await seedScan(database, targetId, { [plugin]: {} });
  const writer = await seedAttempt(database, runIds[plugin] ?? "");
  await storeResults(database, writer, batchOf({ evidence: [PROOF], findings }));
  return scanId;
}

interface Row {
  id: string;
  type: string;
  title: string;
  status: string;
  severity: string;
  places: string[];
  plugins: string[];
  first: string;
  last: string;
}

function findings(): Promise<Row[]> {
  return database.sql.query(
    `SELECT f.id, f.type, f.title, f.status, f.severity, f.first_seen_scan_id AS first, f.last_seen_scan_id AS last,
       ARRAY(SELECT i.route FROM instance i WHERE i.finding_id = f.id ORDER BY 1) AS places,
       ARRAY(SELECT a.plugin FROM attribution a WHERE a.finding_id = f.id ORDER BY 1) AS plugins
     FROM finding f WHERE f.target_id = $1::uuid ORDER BY f.type, f.id`,
    [targetId],
  );
}

async function activeShape() {
  const active = (await findings()).filter(({ status }) => status !== "soft_deleted");
  return active.map(({ type, status, places }) => [type, status, places.join(" ")]);
}

async function idOf(type: string): Promise<string> {
  return (await findings()).find((row) => row.type === type)?.id ?? "";
}

function merge(findingId: string, into: string): Promise<string> {
  return database.transaction((sql) => mergeFinding(sql, findingId, { into, reason: "the same" }, "token:a"));
}

function undo(id: string): Promise<void> {
  return database.transaction((sql) => undoOverride(sql, id, "token:b"));
}

async function splitOff(type: string, route: string): Promise<string> {
  const findingId = await idOf(type);
  const [place] = await database.sql.query<{ id: string }>(
    "SELECT id FROM instance WHERE finding_id = $1::uuid AND route = $2",
    [findingId, route],
  );
  return database.transaction((sql) =>
    splitFinding(sql, findingId, { instanceIds: [place?.id ?? ""], reason: "another cause" }, "token:a"),
  );
}

describe("a merge", () => {
  it("lasts over three scans: one finding with the places of both, open, and as bad as the worse", async () => {
    await scan(UNCHANGED);
    await merge(await idOf("missing-frame-protection"), await idOf("missing-csp"));
    for (const _ of [1, 2, 3]) {
      await scan(UNCHANGED);
      expect(await activeShape()).toEqual([
        ["missing-csp", "open", "/ /a /b"],
        ["other-thing", "open", "/x"],
      ]);
    }
    const [merged] = await findings();
    expect(merged).toMatchObject({ title: "No policy", severity: "high" });
    expect(await findings()).toHaveLength(3);
  });

  it("keeps the finding open by what was merged into it alone", async () => {
    await scan(UNCHANGED);
    await merge(await idOf("missing-frame-protection"), await idOf("missing-csp"));
    await database.sql.query("UPDATE finding SET status = 'fixed', fixed_at = now() WHERE id = $1::uuid", [
      await idOf("missing-csp"),
    ]);
    const last = await scan([at("/new", { type: "missing-frame-protection" })]);
    const [merged] = await findings();
    expect(merged).toMatchObject({ type: "missing-csp", status: "open", title: "No policy", last });
    expect(merged?.places).toContain("/new");
  });

  it("that is undone at once gives back every state", async () => {
    await scan(UNCHANGED);
    await scan(UNCHANGED.slice(3), "frames");
    await database.sql.query(
      "UPDATE finding SET status = 'fixed', fixed_at = '2026-01-02T03:04:05.678901Z' WHERE id = $1::uuid",
      [await idOf("missing-csp")],
    );
    const states = () =>
      database.sql.query(
        `SELECT to_jsonb(f) - 'updated_at' AS f, (SELECT jsonb_agg(to_jsonb(i) ORDER BY i.id) FROM instance i WHERE i.finding_id = f.id) AS i,
                (SELECT jsonb_agg(to_jsonb(a) ORDER BY a.plugin) FROM attribution a WHERE a.finding_id = f.id) AS a
         FROM finding f WHERE f.target_id = $1::uuid ORDER BY f.id`,
        [targetId],
      );
    const before = await states();
    await undo(await merge(await idOf("other-thing"), await idOf("missing-csp")));
    expect(await states()).toEqual(before);
  });

  it("that is undone after scans gives each its places, and the next scan finds nothing new", async () => {
    await scan(UNCHANGED);
    const override = await merge(await idOf("other-thing"), await idOf("missing-csp"));
    const last = await scan([
      ...UNCHANGED,
      at("/y", { type: "other-thing", rootCause: { level: "target", key: "" } }),
    ]);
    await undo(override);
    const shape = [
      ["missing-csp", "open", "/ /a /b"],
      ["missing-frame-protection", "open", "/a"],
      ["other-thing", "open", "/x /y"],
    ];
    expect(await activeShape()).toEqual(shape);
    expect((await findings())[2]).toMatchObject({ last });
    const next = await scan(UNCHANGED);
    expect(await activeShape()).toEqual(shape);
    expect((await findings()).filter(({ first }) => first === next)).toEqual([]);
  });

  it("follows a later merge, and must be undone after it", async () => {
    await scan(UNCHANGED);
    const first = await merge(await idOf("other-thing"), await idOf("missing-frame-protection"));
    const second = await merge(await idOf("missing-frame-protection"), await idOf("missing-csp"));
    await scan(UNCHANGED);
    expect(await activeShape()).toEqual([["missing-csp", "open", "/ /a /b /x"]]);
    await expect(undo(first)).rejects.toMatchObject({ code: "CONFLICT" });
    await undo(second);
    await undo(first);
    await expect(undo(first)).rejects.toMatchObject({ code: "CONFLICT" });
    await scan(UNCHANGED);
    expect((await activeShape()).map(([type]) => type)).toEqual([
      "missing-csp",
      "missing-frame-protection",
      "other-thing",
    ]);
  });

  it("is refused with itself, with a finding of another target, and with one that is merged", async () => {
    await scan(UNCHANGED);
    const [csp, frame, other] = [
      await idOf("missing-csp"),
      await idOf("missing-frame-protection"),
      await idOf("other-thing"),
    ];
    await expect(merge(csp, csp)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await merge(csp, frame);
    await expect(merge(csp, other)).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(merge(other, csp)).rejects.toMatchObject({ code: "CONFLICT" });
    ({ targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" }));
    await scan(UNCHANGED);
    await expect(merge(await idOf("missing-csp"), frame)).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("is in the audit, and so is that it was undone", async () => {
    await scan(UNCHANGED);
    await undo(await merge(await idOf("other-thing"), await idOf("missing-csp")));
    const events = await database.sql.query(
      "SELECT action, actor, params ->> 'rule' AS rule FROM audit_event WHERE action::text LIKE 'finding.%' ORDER BY seq DESC LIMIT 2",
    );
    expect(events).toEqual([
      { action: "finding.merge_undone", actor: "token:b", rule: "person" },
      { action: "finding.merged", actor: "token:a", rule: "person" },
    ]);
  });
});

describe("a split", () => {
  it("lasts over three scans, and its part reopens and changes on its own", async () => {
    await scan(UNCHANGED);
    await splitOff("missing-csp", "/a");
    for (const _ of [1, 2, 3]) {
      await scan(UNCHANGED);
      expect((await activeShape()).filter(([type]) => type === "missing-csp")).toEqual([
        ["missing-csp", "open", "/ /b"],
        ["missing-csp", "open", "/a"],
      ]);
    }
    const last = await scan([at("/a", { severity: "low", title: "Renamed" })]);
    const parts = (await findings()).filter(({ type }) => type === "missing-csp");
    expect(parts.filter((part) => part.last === last)).toMatchObject([{ places: ["/a"], title: "Renamed" }]);
  });

  it("that is undone leaves one finding with all places, in later scans too", async () => {
    await scan(UNCHANGED);
    await undo(await splitOff("missing-csp", "/a"));
    await scan(UNCHANGED);
    expect((await activeShape())[0]).toEqual(["missing-csp", "open", "/ /a /b"]);
  });

  it("whose part is merged back is one finding again", async () => {
    await scan(UNCHANGED);
    await splitOff("missing-csp", "/a");
    const [whole, part] = (await findings()).filter(({ type }) => type === "missing-csp");
    await merge(part?.id ?? "", whole?.id ?? "");
    await scan(UNCHANGED);
    expect((await activeShape())[0]).toEqual(["missing-csp", "open", "/ /a /b"]);
  });

  it("must leave the finding a place, and name places of its own", async () => {
    await scan(UNCHANGED);
    await expect(splitOff("other-thing", "/x")).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(splitOff("missing-csp", "/x")).rejects.toMatchObject({ code: expect.any(String) });
  });
});

describe("two plugins that see the same", () => {
  it("give one finding with two attributions", async () => {
    await scan([at("/")], "headers");
    await scan([at("/")], "other-headers");
    expect(await findings()).toMatchObject([{ places: ["/"], plugins: ["headers", "other-headers"] }]);
  });

  it("give two findings when they share nothing but a CWE", async () => {
    await scan([at("/", { cwe: 693 }), at("/", { type: "other-thing", cwe: 693 })]);
    expect(await findings()).toHaveLength(2);
  });
});
