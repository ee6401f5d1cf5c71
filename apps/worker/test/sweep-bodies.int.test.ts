import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { uuidv7 } from "@picket/core";
import { storeFetches } from "@picket/db";
import { seedAttempt, seedScan, seedTarget } from "@picket/db/testing";
import { silentLogger } from "@picket/logging";
import { brokerFetch } from "../src/ingest/fetch-rows.ts";
import { sweepBodies } from "../src/maintenance/sweep-bodies.ts";
import { useBodies } from "./use-bodies.ts";
import { useDatabase } from "./use-database.ts";

const TWO_DAYS_S = 172_800;
const database = await useDatabase();
const { bodies, preparer, dir } = await useBodies();

async function age(path: string): Promise<void> {
  const then = Date.now() / 1_000 - TWO_DAYS_S;
  await utimes(join(dir, path), then, then);
}

/** Stores a body and the row that names it. */
async function recorded(text: string): Promise<string> {
  const { targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
  const { runIds } = await seedScan(database, targetId, { probe: {} });
  const writer = await seedAttempt(database, runIds.probe ?? "");
  const redaction = { emails: false, cards: false };
  const row = await brokerFetch(
    { bodies, preparer, redaction, storageMode: "full" },
    {
      id: uuidv7(),
      plugin: "probe",
      method: "GET",
      url: "http://app.test/",
      requestHeaders: [],
      startedAt: new Date(),
      elapsedMs: 1,
      httpVersion: "1.1",
      status: 200,
      responseHeaders: [],
      body: Buffer.from(text),
      truncated: false,
      undecoded: false,
    },
  );
  await storeFetches(database, writer, [row]);
  return row.bodyPath ?? "";
}

it("deletes old bodies that no fetch names, and no others", async () => {
  const named = await recorded("named");
  const { path: orphan } = await bodies.put(Buffer.from("orphan"));
  const { path: fresh } = await bodies.put(Buffer.from("its row is on its way"));
  await Promise.all([age(named), age(orphan)]);
  await sweepBodies({ database, bodies, logger: silentLogger() });
  expect(await Promise.all([named, orphan, fresh].map((path) => bodies.has(path)))).toEqual([
    true,
    false,
    true,
  ]);
});
