import type { Capability, ScopePolicy } from "@picket/core";
import { type ClaimedRun, type NewFetch, type RunCounters, storeFetches } from "@picket/db";
import { createBroker } from "@picket/http";
import type { PluginPorts } from "@picket/plugin-runner";
import { redactJson, redactText } from "@picket/storage";
import { createBatcher } from "../ingest/batcher.ts";
import { createIngest } from "../ingest/create-ingest.ts";
import { brokerFetch } from "../ingest/fetch-rows.ts";
import type { WorkerDeps } from "../worker-deps.ts";
import { createSessionPort } from "./session-port.ts";

/** Exchanges that are written in one statement at most. */
const FETCHES_PER_WRITE = 50;

/** Everything a run in hand needs from this worker, and what it has done so far. */
export interface OpenRun {
  ports: PluginPorts;
  counters(): RunCounters;
  /** Ends what is under way and closes every connection to the target. */
  close(): void;
}

export function openRun(
  deps: WorkerDeps,
  run: ClaimedRun,
  { capabilities, scope }: { capabilities: readonly Capability[]; scope: ScopePolicy },
): OpenRun {
  const { database, bodies, settings } = deps;
  const { scanId, moduleRunId, attempt, target, storageMode, onlyFinding } = run;
  const writer = { scanId, targetId: target.id, moduleRunId, attempt, onlyFinding };
  const keeping = { bodies, redaction: settings.redaction, storageMode };
  const writeFetch = createBatcher<NewFetch>(
    (fetches) => storeFetches(database, writer, fetches),
    FETCHES_PER_WRITE,
  );
  let requests = 0;
  const broker = createBroker({
    scope,
    budget: deps.budgets.forScan({ ...target, targetId: target.id, scanId, usedRequests: run.usedRequests }),
    requestHeaders: settings.requestHeaders,
    onFetch: async (record) => {
      requests += 1;
      await writeFetch(await brokerFetch(keeping, record));
    },
  });
  const ingest = createIngest({ ...keeping, database, writer, plugin: run.plugin, scope });
  return {
    ports: {
      http: (request, signal) =>
        broker.request(request, { moduleRunId, plugin: run.plugin, capabilities, signal }),
      session: createSessionPort({ sql: database.sql, bodies }, scanId),
      events: (batch) => ingest.store(batch),
      log: ({ level, message, fields }) =>
        deps.logger[level](redactText(message, settings.redaction), {
          fields: redactJson(fields, settings.redaction),
        }),
    },
    counters() {
      const { responses, failures, refusals, bodyBytes } = broker.counters();
      return compact({
        requests,
        responses,
        bodyBytes,
        failures: compact(failures),
        refusals: compact(refusals),
        ...ingest.counters(),
      });
    },
    close: () => broker.close(),
  };
}

/** Without zeros and empty groups. */
function compact<Counts extends object>(counts: Counts): Partial<Counts> {
  const isSomething = (value: unknown) =>
    typeof value === "number" ? value > 0 : Object.keys(value ?? {}).length > 0;
  return Object.fromEntries(
    Object.entries(counts).filter(([, value]) => isSomething(value)),
  ) as Partial<Counts>;
}
