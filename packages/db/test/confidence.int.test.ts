import { describe, expect, it } from "@jest/globals";
import { CONFIDENCE_RULES, confidenceFactors, confidenceOf, confidenceScore, uuidv7 } from "@picket/core";
import type { NewFetch } from "../src/ingest/result-batch.ts";
import { storeResults } from "../src/ingest/store-results.ts";
import {
  findingFacts,
  lockSeenFindings,
  outdatedFacts,
  writeConfidences,
} from "../src/scans/assess-store.ts";
import { batchOf, exchange, proof, sighting } from "../src/testing/result-builders.ts";
import { seedTarget } from "../src/testing/seed.ts";
import { seedAttempt, seedScan } from "../src/testing/seed-scan.ts";
import { findFinding } from "../src/views/finding-view.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();
let targetId: string;

const URL = "http://app.test/.env";

/** One scan that shows the file by as many requests as given, one of them refused or not, and asks a control. */
async function scanOnce(requests: number, controlHeld: boolean | null): Promise<string> {
  const { scanId, runIds } = await seedScan(database, targetId, { "exposed-files": {} });
  const writer = await seedAttempt(database, runIds["exposed-files"] ?? "");
  const fetches = Array.from({ length: requests }, () => exchange(URL, { id: uuidv7() }));
  const shown = fetches.map(({ id }, replay) =>
    proof("SECRET=", { kind: "content_proof", fetchId: id, details: { replay } }),
  );
  const asked = exchange(`${URL}x`, { id: uuidv7(), status: 404 });
  const control =
    controlHeld === null
      ? []
      : [proof("status 404", { kind: "negative_control", controlHeld, fetchId: asked.id })];
  const evidence = [...shown, ...control];
  const findings = [sighting(URL, evidence)];
  await storeResults(database, writer, batchOf({ fetches: [...fetches, asked], evidence, findings }));
  return scanId;
}

/** A plugin's claim of content, shown twice, and of a control that held. Null: it names no exchange. */
async function claim(
  shownBy: Partial<NewFetch> | null,
  controlBy: Partial<NewFetch> | "the proof" | null,
): Promise<string> {
  const { scanId, runIds } = await seedScan(database, targetId, { "exposed-files": {} });
  const writer = await seedAttempt(database, runIds["exposed-files"] ?? "");
  const proofs = [0, 1].map((replay) => ({ replay, fetch: exchange(URL, { id: uuidv7(), ...shownBy }) }));
  const asked = exchange(`${URL}x`, { id: uuidv7(), ...(controlBy === "the proof" ? {} : controlBy) });
  const controlId = controlBy === "the proof" ? (proofs[0]?.fetch.id ?? null) : asked.id;
  const evidence = [
    ...proofs.map(({ replay, fetch }) =>
      proof("SECRET=", { kind: "content_proof", fetchId: shownBy && fetch.id, details: { replay } }),
    ),
    proof("other", { kind: "negative_control", controlHeld: true, fetchId: controlBy && controlId }),
  ];
  const fetches = [...proofs.map(({ fetch }) => fetch), asked];
  await storeResults(database, writer, batchOf({ fetches, evidence, findings: [sighting(URL, evidence)] }));
  return scanId;
}

async function judge(scanId: string) {
  const facts = await findingFacts(database.sql, await lockSeenFindings(database.sql, scanId));
  const judged = facts.map(({ findingId, evidence, ...seen }) => {
    const factors = confidenceFactors(evidence, seen);
    return { findingId, factors, ...confidenceOf(factors) };
  });
  await writeConfidences(database.sql, judged);
  const found = await findFinding(database.sql, judged[0]?.findingId ?? "");
  if (!found) throw new Error("the finding is not there");
  return found;
}

async function freshTarget(): Promise<void> {
  ({ targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" }));
}

describe("confidence from what is stored", () => {
  it("is verified by two requests and a control that held, and explained step by step", async () => {
    await freshTarget();
    const found = await judge(await scanOnce(2, true));
    expect(found).toMatchObject({ confidence: "high", confidenceScore: 97, verified: true });
    expect(found.confidenceSteps.map(({ points }) => points)).toEqual([85, 2, 0, 10]);
    expect(confidenceScore(found.confidenceFactors as never)).toBe(found.confidenceScore);
  });

  it.each([
    [1, true, 95, false],
    [3, null, 84, false],
    [3, false, 29, false],
  ] as const)(
    "of %i requests and a control of %s is %i, verified: %s",
    async (requests, held, score, verified) => {
      await freshTarget();
      expect(await judge(await scanOnce(requests, held))).toMatchObject({ confidenceScore: score, verified });
    },
  );

  /** Evidence as a plugin says it is, with what was really recorded of it. */
  it.each<[string, Partial<NewFetch> | null, Partial<NewFetch> | "the proof" | null]>([
    ["neither its proof nor its control names an exchange", null, null],
    ["its proof stands in an exchange that failed", { status: null, failure: "timed_out" }, {}],
    ["its proof stands in an exchange that a plugin made up", { origin: "plugin" }, {}],
  ])("of a sure claim is low when %s", async (_what, shownBy, controlBy) => {
    await freshTarget();
    expect(await judge(await claim(shownBy, controlBy))).toMatchObject({
      confidence: "low",
      verified: false,
    });
  });

  it.each<[string, Partial<NewFetch> | "the proof"]>([
    ["is the proof", "the proof"],
    ["was refused by a firewall", { status: 403 }],
    ["was made up by a plugin", { origin: "plugin" }],
  ])("is not raised by a control that %s", async (_what, controlBy) => {
    await freshTarget();
    const found = await judge(await claim({}, controlBy));
    expect(found).toMatchObject({ confidence: "medium", verified: false });
    expect(found.confidenceFactors).toMatchObject({ control: "none", requests: 2 });
  });

  it("counts each earlier scan as one more request, and forgets the evidence of those", async () => {
    await freshTarget();
    await scanOnce(1, false);
    const found = await judge(await scanOnce(1, true));
    expect(found).toMatchObject({ confidenceScore: 97, verified: true });
  });

  it("that earlier rules gave is found, and the same as after a scan once it is computed anew", async () => {
    await freshTarget();
    const found = await judge(await scanOnce(2, true));
    await database.sql.query(
      `UPDATE finding SET confidence = 'low', confidence_score = 5, verified = false, confidence_factors = '{"rules": 1}'
       WHERE id = $1::uuid`,
      [found.id],
    );
    expect(await findFinding(database.sql, found.id)).toMatchObject({
      confidenceSteps: [{ points: 5, reason: expect.stringContaining("earlier rules") }],
    });
    const [facts] = await outdatedFacts(database.sql, { rules: CONFIDENCE_RULES, limit: 10 });
    expect(facts).toMatchObject({ findingId: found.id, requests: 2, detectors: 1 });
    const factors = confidenceFactors(facts?.evidence ?? [], { requests: 2, detectors: 1 });
    expect(factors).toEqual(found.confidenceFactors);
  });
});
