import type { ExceptionActor, FindingEvent, NewException, NewExceptionScope } from "@picket/core";
import type { Database } from "../src/database.ts";
import { decideException, proposeException } from "../src/exceptions/exception-store.ts";
import { learnRoutes } from "../src/identity/route-store.ts";
import { storeResults } from "../src/ingest/store-results.ts";
import { batchOf, endpointAt, proof, sighting } from "../src/testing/result-builders.ts";
import { seedTarget } from "../src/testing/seed.ts";
import { seedAttempt, seedScan } from "../src/testing/seed-scan.ts";
import { listFindings } from "../src/views/finding-list-view.ts";

export const REQUESTER: ExceptionActor = { actor: "token:requester", person: "rita", role: "operator" };
export const APPROVER: ExceptionActor = { actor: "token:approver", person: "paul", role: "approver" };

const DAY_MS = 86_400_000;

export function inDays(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}

/** What a scan sees: a path, and how the finding there differs from a missing policy of medium severity. */
export interface Sight extends Partial<FindingEvent> {
  path: string;
  method?: string;
}

/** One target, whose scans see what they are told to. */
export interface ExceptionBench {
  targetId: string;
  scan(sights: readonly Sight[]): Promise<string>;
  /** A scan that discovers these paths and learns what routes they show. */
  discover(paths: readonly string[]): Promise<string[]>;
  findingId(type?: string): Promise<string>;
  instanceId(path: string): Promise<string>;
  /** `beforeCommit` runs in its transaction. */
  propose(
    scope: NewExceptionScope,
    change?: Partial<NewException>,
    beforeCommit?: () => Promise<void>,
  ): Promise<string>;
  /** Proposed and approved. */
  accept(scope: NewExceptionScope, change?: Partial<NewException>): Promise<string>;
  /** Types of the target's findings that are open and not accepted. */
  open(): Promise<string[]>;
  excepted(): Promise<string[]>;
}

const ORIGIN = "http://app.test";

export async function createExceptionBench(database: Database): Promise<ExceptionBench> {
  const { sql } = database;
  const { targetId } = await seedTarget(sql, { baseUrl: `${ORIGIN}/` });
  const idOf = async (text: string, value: string) => {
    const [row] = await sql.query<{ id: string }>(text, [targetId, value]);
    if (!row) throw new Error(`the target has no ${value}`);
    return row.id;
  };
  const typesIn = async (view: "open" | "excepted") => {
    const page = await listFindings(sql, { view, target: targetId, sort: "severity" }, { limit: 100 });
    return page.items.map(({ type }) => type).sort();
  };
  const bench: ExceptionBench = {
    targetId,
    async scan(sights) {
      const { scanId, runIds } = await seedScan(database, targetId, { headers: {} });
      const writer = await seedAttempt(database, runIds.headers ?? "");
      const evidence = [proof("x")];
      const findings = sights.map(({ path, method = "GET", ...change }) => {
        const url = `${ORIGIN}${path}`;
        return { ...sighting(url, evidence, change), instance: { method, url } };
      });
      await storeResults(database, writer, batchOf({ evidence, findings }));
      await endScan(database, scanId);
      return scanId;
    },
    async discover(paths) {
      const { scanId, runIds } = await seedScan(database, targetId, { crawl: {} });
      const endpoints = paths.map((path) => endpointAt(`${ORIGIN}${path}`));
      await storeResults(database, await seedAttempt(database, runIds.crawl ?? ""), batchOf({ endpoints }));
      return database.transaction((tx) => learnRoutes(tx, { targetId, scanId, actor: "worker:test" }));
    },
    findingId: (type = "missing-csp") =>
      idOf(
        "SELECT id FROM finding WHERE target_id = $1::uuid AND type = $2 AND status <> 'soft_deleted'",
        type,
      ),
    instanceId: (path) =>
      idOf(
        `SELECT i.id FROM instance i JOIN finding f ON f.id = i.finding_id WHERE f.target_id = $1::uuid AND i.url = $2`,
        `${ORIGIN}${path}`,
      ),
    async propose(scope, change = {}, beforeCommit) {
      const findingId = await bench.findingId();
      const term = { reason: "behind the VPN", owner: "Ada", ticket: null, expiresAt: inDays(30) };
      const exception = { findingId, scope, ...term, ...change };
      return database.transaction(async (tx) => {
        const id = await proposeException(tx, exception, REQUESTER);
        await beforeCommit?.();
        return id;
      });
    },
    async accept(scope, change) {
      const id = await bench.propose(scope, change);
      await database.transaction((tx) => decideException(tx, id, { decision: "approve", by: APPROVER }));
      return id;
    },
    open: () => typesIn("open"),
    excepted: () => typesIn("excepted"),
  };
  return bench;
}

async function endScan({ sql }: Database, scanId: string): Promise<void> {
  await sql.query(
    `UPDATE module_run SET status = 'succeeded', exit_reason = 'completed', lease_until = NULL, finished_at = now()
     WHERE scan_id = $1::uuid`,
    [scanId],
  );
  await sql.query("UPDATE scan SET status = 'succeeded', finished_at = now() WHERE id = $1::uuid", [scanId]);
}
