import type { CallbackDesk } from "@picket/callback";
import type { IsolationLevel, PlatformEndpoint, RequestMark } from "@picket/core";
import type { Database } from "@picket/db";
import type { Logger } from "@picket/logging";
import type { LoadedPlugin, PluginRunner } from "@picket/plugin-runner";
import type { ScanQueue, TargetBudgets } from "@picket/queue";
import type { BodyPreparer, BodyStore, RedactionPolicy } from "@picket/storage";
import type { ScanSessions } from "./auth/scan-sessions.ts";
import type { RunRegistry } from "./scan/run-registry.ts";

/** What the worker's parts share. */
export interface WorkerDeps {
  /** Unique among all workers; in logs, leases and audit events. */
  workerId: string;
  database: Database;
  queue: ScanQueue;
  budgets: TargetBudgets;
  bodies: BodyStore;
  preparer: BodyPreparer;
  plugins: WorkerPlugins;
  /** Runs that this process has in hand. */
  runs: RunRegistry;
  /** Logins of the scans in hand. */
  sessions: ScanSessions;
  callbacks: CallbackDesk;
  logger: Logger;
  settings: WorkerSettings;
}

export interface WorkerPlugins {
  runner: PluginRunner;
  isolationLevel: IsolationLevel;
  /** By code digest. */
  byDigest: ReadonlyMap<string, LoadedPlugin>;
}

export interface WorkerSettings {
  leaseMs: number;
  redaction: RedactionPolicy;
  /** Services of the platform itself, as addresses: no scan may reach them. */
  platform: readonly PlatformEndpoint[];
  /** Sent with every request to a target. */
  userAgent: string;
  /** Sent as well, where the target has no mark of its own. */
  requestMark: RequestMark;
}

/** This worker as the actor of audit events. */
export function actorOf({ workerId }: Pick<WorkerDeps, "workerId">): string {
  return `worker:${workerId}`;
}
