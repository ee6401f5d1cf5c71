import { toError } from "@picket/core";
import type { Database } from "../database.ts";
import { dueRechecks, startDueRecheck } from "../rechecks/recheck-store.ts";
import { dueSchedules, runSchedule } from "./run-schedule.ts";

/** How often a process looks for what is due, ms: how late it may start. */
export const DUE_CHECK_MS = 500;

export interface DueWork {
  engineVersion: string;
  /** Tells the queue of a scan. What it does not take, the sweeper finds in the database. */
  wake(scanId: string): Promise<void>;
  onError(what: { scheduleId: string } | { recheckId: string }, error: Error): void;
}

/**
 * Starts what is due by the database's clock: scans of schedules, and rechecks. Every API and every worker looks; what
 * another has in hand is passed over. One that fails does not keep the others from starting, and is tried again.
 */
export async function startDue(database: Database, { engineVersion, wake, onError }: DueWork): Promise<void> {
  const wakeAll = async (what: Parameters<DueWork["onError"]>[0], start: () => Promise<string[]>) => {
    try {
      for (const scanId of await start()) await wake(scanId);
    } catch (thrown) {
      onError(what, toError(thrown));
    }
  };
  for (const id of await dueSchedules(database.sql))
    await wakeAll({ scheduleId: id }, () => runSchedule(database, id, engineVersion));
  for (const id of await dueRechecks(database.sql))
    await wakeAll({ recheckId: id }, () => startDueRecheck(database, id, engineVersion));
}
