import { verifyAudit } from "@picket/db";
import pg from "pg";
import { atMost, type BenchRow, median, runIfMain } from "./bench-row.ts";
import { type BenchPostgres, onPrivatePostgres, seconds } from "./measure.ts";

/** How long `picket audit verify` takes: every event is hashed again (R15). */
const EVENTS = 100_000;
const ROUNDS = 5;
const BAR_S = 5;

async function fill(ownerUrl: string): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  await owner.query(
    `INSERT INTO audit_event (actor, action, params)
     SELECT 'token:abcdefgh', 'module.run', jsonb_build_object('plugin', 'crawl', 'number', n)
     FROM generate_series(1, $1::int) n`,
    [EVENTS],
  );
  await owner.end();
}

async function measure({ ownerUrl, database }: BenchPostgres): Promise<number> {
  await fill(ownerUrl);
  const verify = async () => {
    const { checked, broken } = await verifyAudit(database.sql);
    if (checked < EVENTS || broken) throw new Error(`verified ${checked} events, broken: ${broken?.problem}`);
  };
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await seconds(verify));
  return median(times);
}

async function auditRows(): Promise<BenchRow[]> {
  const figure = await onPrivatePostgres(measure);
  const what = `${EVENTS} audit events verified, median of ${ROUNDS}`;
  return [atMost({ id: "R15", what, figure, unit: " s", atMost: BAR_S })];
}

await runIfMain(import.meta.url, auditRows);
