import { beforeEach, describe, expect, it } from "@jest/globals";
import { uuidv7 } from "@picket/core";
import type { ResultBatch } from "../src/ingest/result-batch.ts";
import { type ResultWriter, storeFetches, storeResults } from "../src/ingest/store-results.ts";
import { releaseModuleRun } from "../src/scans/module-run-store.ts";
import { batchOf, endpointAt, exchange, proof, sighting } from "../src/testing/result-builders.ts";
import { seedTarget } from "../src/testing/seed.ts";
import { seedAttempt, seedScan } from "../src/testing/seed-scan.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();
let targetId: string;
let writer: ResultWriter;

beforeEach(async () => {
  ({ targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" }));
  writer = await newWriter();
});

/** The first attempt of a run in a new scan of the target. */
async function newWriter(): Promise<ResultWriter> {
  const { runIds } = await seedScan(database, targetId, { headers: {} });
  return seedAttempt(database, runIds.headers ?? "");
}

function rows<Row extends object = Record<string, unknown>>(
  text: string,
  ...more: readonly unknown[]
): Promise<Row[]> {
  return database.sql.query<Row>(text, [targetId, ...more]);
}

/** All that results are, without ids and times. */
async function contents() {
  const scans = "(SELECT id FROM scan WHERE target_id = $1::uuid)";
  return {
    endpoints: await rows(
      `SELECT method, url, route, source FROM endpoint WHERE target_id = $1::uuid ORDER BY url`,
    ),
    seen: await rows(
      `SELECT scan_id, count(*)::int AS n FROM scan_endpoint WHERE scan_id IN ${scans} GROUP BY 1 ORDER BY 1`,
    ),
    fetches: await rows(`SELECT id, url, status FROM "fetch" WHERE scan_id IN ${scans} ORDER BY id`),
    evidence: await rows(`SELECT kind, snippet, hash FROM evidence WHERE scan_id IN ${scans} ORDER BY hash`),
    findings: await rows(
      `SELECT dedupe_key, type, title, severity, status, confidence_score, first_seen_scan_id, last_seen_scan_id,
              ARRAY(SELECT hash FROM evidence e WHERE e.id = ANY (f.evidence_ids) ORDER BY 1) AS proofs
       FROM finding f WHERE target_id = $1::uuid ORDER BY dedupe_key`,
    ),
    instances: await rows(
      `SELECT i.method, i.url, i.last_seen_scan_id FROM instance i JOIN finding f ON f.id = i.finding_id
       WHERE f.target_id = $1::uuid ORDER BY i.url, f.dedupe_key`,
    ),
    observations: await rows(
      `SELECT o.title, o.severity, i.url, o.scan_id FROM observation o JOIN instance i ON i.id = o.instance_id
       WHERE o.scan_id IN ${scans} ORDER BY o.scan_id, i.url, o.title`,
    ),
    components: await rows(
      `SELECT name, version, cpe, confidence, ARRAY(SELECT hash FROM evidence e WHERE e.id = ANY (c.evidence_ids) ORDER BY 1)
              AS proofs FROM tech_component c WHERE target_id = $1::uuid ORDER BY name, version`,
    ),
    candidates: await rows(
      `SELECT cve_id, source, confidence FROM cve_candidate WHERE target_id = $1::uuid ORDER BY 1`,
    ),
  };
}

/** Batches that do not depend on one another, as several modules or a repeated attempt may deliver them. */
function independentBatches(): ResultBatch[] {
  const [one, two, three] = [proof("one"), proof("two"), proof("three", { kind: "version_banner" })];
  const a = "http://app.test/a";
  const b = "http://app.test/b";
  return [
    batchOf({ endpoints: [endpointAt(a), endpointAt(b), endpointAt(a)], fetches: [exchange(a)] }),
    batchOf({ endpoints: [endpointAt(b)], evidence: [one], findings: [sighting(a, [one])] }),
    batchOf({
      evidence: [two],
      findings: [sighting(b, [two], { severity: "high" }), sighting(b, [two], { type: "other-thing" })],
    }),
    batchOf({ evidence: [one, two], findings: [sighting(a, [one, two], { title: "A policy is missing" })] }),
    batchOf({
      evidence: [three],
      components: [
        { name: "nginx", version: "1.2", cpe: null, confidence: 30, evidenceHashes: [three.hash] },
        { name: "nginx", version: null, cpe: null, confidence: 90, evidenceHashes: [three.hash] },
      ],
      cveCandidates: [
        {
          component: { name: "nginx", version: "1.2" },
          cpe: null,
          cveId: "CVE-2026-0001",
          source: "t",
          confidence: 10,
        },
      ],
    }),
  ];
}

describe("storeResults", () => {
  it("stores a finding with its place, its sighting and its proof", async () => {
    const page = exchange("http://app.test/product/7");
    const evidence = [proof("x", { kind: "observation", fetchId: page.id })];
    await storeResults(
      database,
      writer,
      batchOf({ fetches: [page], evidence, findings: [sighting(page.url, evidence)] }),
    );
    const stored = await contents();
    expect(stored.findings).toEqual([
      expect.objectContaining({
        type: "missing-csp",
        status: "open",
        confidence_score: 95,
        first_seen_scan_id: writer.scanId,
        proofs: [evidence[0]?.hash],
      }),
    ]);
    expect(stored.instances).toHaveLength(1);
    expect(stored.observations).toEqual([
      { title: "No policy", severity: "medium", url: "http://app.test/product/7", scan_id: writer.scanId },
    ]);
  });

  it("changes nothing when every batch comes three times, in any order", async () => {
    const batches = independentBatches();
    for (const batch of batches) await storeResults(database, writer, batch);
    const once = await contents();
    for (const batch of [...batches, ...batches].sort(() => Math.random() - 0.5))
      await storeResults(database, writer, batch);
    expect(await contents()).toEqual(once);
  });

  it("comes to the same whatever the order", async () => {
    const batches = independentBatches();
    for (const batch of batches) await storeResults(database, writer, batch);
    const forward = await contents();
    const other = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
    targetId = other.targetId;
    const second = await newWriter();
    for (const batch of batches.toReversed()) {
      const fetches = batch.fetches.map((fetch) => ({ ...fetch, id: uuidv7() }));
      await storeResults(database, second, { ...batch, fetches });
    }
    const backward = await contents();
    const withoutIds = (value: unknown) =>
      JSON.stringify(value, (key, member) => (/scan_id$|^id$/.test(key) ? undefined : member));
    expect(withoutIds(backward.findings)).toBe(withoutIds(forward.findings));
    expect(withoutIds(backward.components)).toBe(withoutIds(forward.components));
    expect(withoutIds(backward.instances)).toBe(withoutIds(forward.instances));
  });

  it("stores batches of two runs at the same time without losing or doubling", async () => {
    const { runIds } = await seedScan(database, targetId, { headers: {}, cookies: {} });
    const writers = await Promise.all(Object.values(runIds).map((id) => seedAttempt(database, id)));
    const pages = Array.from({ length: 20 }, (_, page) => `http://app.test/page-${page}`);
    await Promise.all(
      writers.flatMap((each) =>
        pages.map((url) => {
          const evidence = [proof(url)];
          const findings = [sighting(url, evidence), sighting(url, evidence, { type: "other-thing" })];
          return storeResults(database, each, batchOf({ endpoints: [endpointAt(url)], evidence, findings }));
        }),
      ),
    );
    const stored = await contents();
    expect(stored.findings).toHaveLength(2);
    expect(stored.instances).toHaveLength(40);
    expect(stored.observations).toHaveLength(80);
    expect(stored.endpoints).toHaveLength(20);
  });

  it("writes nothing for a stale attempt", async () => {
    const before = await contents();
    await releaseModuleRun(database.sql, writer);
    for (const batch of independentBatches())
      await expect(storeResults(database, writer, batch)).rejects.toMatchObject({ code: "STALE_ATTEMPT" });
    await expect(storeFetches(database, writer, [exchange("http://app.test/z")])).rejects.toMatchObject({
      code: "STALE_ATTEMPT",
    });
    await seedAttempt(database, writer.moduleRunId, 2);
    await expect(storeResults(database, writer, batchOf({}))).rejects.toMatchObject({
      code: "STALE_ATTEMPT",
    });
    expect(await contents()).toEqual(before);
  });

  it("finds the same finding again in a later scan, and opens one that was fixed", async () => {
    const evidence = [proof("x")];
    const batch = batchOf({ evidence, findings: [sighting("http://app.test/", evidence)] });
    await storeResults(database, writer, batch);
    await rows("UPDATE finding SET status = 'fixed', fixed_at = now() WHERE target_id = $1::uuid");
    const later = await newWriter();
    const reworded = sighting("http://app.test/", evidence, { title: "Renamed", severity: "low" });
    await storeResults(database, later, { ...batch, findings: [reworded] });
    expect((await contents()).findings).toEqual([
      expect.objectContaining({
        status: "open",
        title: "Renamed",
        severity: "low",
        first_seen_scan_id: writer.scanId,
        last_seen_scan_id: later.scanId,
      }),
    ]);
    const own = await rows<{ mine: boolean }>(
      `SELECT bool_and(e.scan_id = f.last_seen_scan_id) AS mine FROM finding f JOIN evidence e ON e.id = ANY (f.evidence_ids)
       WHERE f.target_id = $1::uuid`,
    );
    expect(own).toEqual([{ mine: true }]);
  });

  it("opens a fixed finding that shows at a new place, and a fixed place of an open finding", async () => {
    const evidence = [proof("x")];
    const [a, b, c] = ["http://app.test/a", "http://app.test/b", "http://app.test/c"] as const;
    const see = async (...urls: string[]) => {
      const findings = urls.map((url) => sighting(url, evidence));
      await storeResults(database, await newWriter(), batchOf({ evidence, findings }));
    };
    const fixed = () =>
      rows(
        `SELECT f.status, array_agg(i.url ORDER BY i.url) FILTER (WHERE i.fixed_at IS NOT NULL) AS places
         FROM finding f JOIN instance i ON i.finding_id = f.id WHERE f.target_id = $1::uuid GROUP BY f.id`,
      );
    const fix = (url: string) =>
      rows(
        `UPDATE instance i SET fixed_at = now() FROM finding f
         WHERE f.id = i.finding_id AND f.target_id = $1::uuid AND i.url = $2`,
        url,
      );
    await see(a, b);
    await fix(a);
    await see(a);
    expect(await fixed()).toEqual([{ status: "open", places: null }]);
    await fix(a);
    await fix(b);
    await rows("UPDATE finding SET status = 'fixed', fixed_at = now() WHERE target_id = $1::uuid");
    await see(c);
    expect(await fixed()).toEqual([{ status: "open", places: [a, b] }]);
  });

  it("keeps all or nothing of a batch", async () => {
    const before = await contents();
    const evidence = [proof("x")];
    const batch = batchOf({
      endpoints: [endpointAt("http://app.test/new")],
      evidence,
      findings: [sighting("http://app.test/", evidence)],
      cveCandidates: [
        {
          component: { name: "none", version: null },
          cpe: null,
          cveId: "CVE-2026-0002",
          source: "t",
          confidence: 1,
        },
      ],
    });
    await expect(storeResults(database, writer, batch)).rejects.toMatchObject({ code: "PROTOCOL_VIOLATION" });
    expect(await contents()).toEqual(before);
  });

  it("takes text that Postgres cannot store", async () => {
    const evidence = [proof("nul \u0000 half \ud83d", { details: { "k\u0000": "\udc00" } })];
    await storeResults(
      database,
      writer,
      batchOf({ evidence, findings: [sighting("http://app.test/", evidence, { title: "\u0000" })] }),
    );
    expect((await contents()).evidence).toEqual([
      expect.objectContaining({ snippet: "nul \ufffd half \ufffd" }),
    ]);
  });
});
