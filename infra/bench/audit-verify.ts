import { join } from "node:path";
import { createDatabase, verifyAudit } from "@picket/db";
import pg from "pg";
import { createAppLogin, migrate, ROOT } from "../database/index.ts";
import { startPostgres } from "../services/index.ts";

// How long `picket audit verify` takes: 100,000 events, each hashed again here. Bar: 5 s.
const EVENTS = 100_000;
const ROUNDS = 5;
const BAR_MS = 5_000;

const service = await startPostgres({ dataDir: join(ROOT, ".data/bench/postgres"), ephemeral: true });
try {
  await migrate(service.ownerUrl);
  const url = await createAppLogin(service.ownerUrl);
  const owner = new pg.Client({ connectionString: service.ownerUrl });
  await owner.connect();
  await owner.query(
    `INSERT INTO audit_event (actor, action, params)
     SELECT 'token:abcdefgh', 'module.run', jsonb_build_object('plugin', 'crawl', 'number', n)
     FROM generate_series(1, $1::int) n`,
    [EVENTS],
  );
  await owner.end();
  const database = createDatabase({ url, applicationName: "bench" });
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const { checked, broken } = await verifyAudit(database.sql);
    if (checked < EVENTS || broken) throw new Error(`verified ${checked} events, broken: ${broken?.problem}`);
    times.push(performance.now() - start);
  }
  await database.close();
  const median = times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
  console.log(
    `${EVENTS} audit events verified in ${Math.round(median)} ms (median of ${ROUNDS}), bar ${BAR_MS} ms: ${median <= BAR_MS ? "met" : "missed"}`,
  );
} finally {
  await service.stop();
}
