import { expect, it } from "@jest/globals";
import { storeResults } from "../src/ingest/store-results.ts";
import { sessionKnownPlaces } from "../src/scans/scan-session.ts";
import { batchOf, proof, sighting } from "../src/testing/result-builders.ts";
import { seedTarget } from "../src/testing/seed.ts";
import { seedAttempt, seedEnd, seedScan } from "../src/testing/seed-scan.ts";
import { useDatabase } from "./use-database.ts";

const { database } = await useDatabase();

const PLUGINS = { headers: { stage: "inspect" }, files: { stage: "probe" } } as const;

it("are those of findings that a plugin saw in what was recorded, not of files that only a probe asked for", async () => {
  const { targetId } = await seedTarget(database.sql, { baseUrl: "http://app.test/" });
  const first = await seedScan(database, targetId, PLUGINS);
  for (const [plugin, path] of [
    ["headers", "orphan"],
    ["files", "backup.sql"],
  ] as const) {
    const evidence = [proof(path)];
    const writer = await seedAttempt(database, first.runIds[plugin] ?? "");
    await storeResults(
      database,
      writer,
      batchOf({ evidence, findings: [sighting(`http://app.test/${path}`, evidence, { type: plugin })] }),
    );
    await seedEnd(database, writer);
  }
  const { scanId } = await seedScan(database, targetId, PLUGINS);
  const places = await sessionKnownPlaces(database.sql, { scanId, after: null, limit: 10 });
  expect(places.map(({ url }) => url)).toEqual(["http://app.test/orphan"]);
});
