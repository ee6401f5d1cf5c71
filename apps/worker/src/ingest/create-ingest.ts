import {
  AppError,
  decideUrl,
  type PluginEvent,
  type ScopePolicy,
  type ScopeRefusal,
  type SingleEvent,
  tryParseWebUrl,
  type WebUrl,
} from "@picket/core";
import {
  type Database,
  type FetchReference,
  fetchesOfScan,
  type ResultBatch,
  type ResultWriter,
  type RunCounters,
  storeResults,
} from "@picket/db";
import { forgetOldest } from "@picket/plugin-sdk/protocol";
import { type FetchKeeping, reportedFetch } from "./fetch-rows.ts";
import { createWordRedactor, newComponent, newEndpoint, newEvidence, newFinding } from "./result-rows.ts";

export interface IngestOptions extends FetchKeeping {
  database: Database;
  writer: ResultWriter;
  plugin: string;
  scope: ScopePolicy;
}

export interface Ingest {
  /**
   * Stores a batch of checked events, all or none of it. Throws PROTOCOL_VIOLATION for what the plugin may not say: an
   * exchange of another scan, a finding outside the scope; STALE_ATTEMPT when the run was taken over.
   */
  store(batch: readonly PluginEvent[]): Promise<void>;
  counters(): Pick<RunCounters, "events" | "outOfScope">;
}

type Of<Kind extends SingleEvent["event"]> = Extract<SingleEvent, { event: Kind }>;

/** One attempt of one module run. */
export function createIngest(options: IngestOptions): Ingest {
  const { database, writer, plugin, redaction, scope } = options;
  /** Hashes of the evidence that can still be named, by the plugin's name for it. */
  const hashes = new Map<string, string>();
  const redactWords = createWordRedactor(redaction);
  const events: Record<string, number> = {};
  const outOfScope: Partial<Record<ScopeRefusal, number>> = {};

  function resolve(ref: string): string {
    const hash = hashes.get(ref);
    if (hash === undefined) throw violation(`the evidence ${ref} was not reported`);
    return hash;
  }

  /** Only what is in scope, with its URL read; the rest is counted. */
  function inScope<Event extends { url: string }>(
    reported: readonly Event[],
  ): { event: Event; url: WebUrl }[] {
    return reported.flatMap((event) => {
      const url = tryParseWebUrl(event.url);
      const refusal = refusalOf(url, scope);
      if (refusal) outOfScope[refusal] = (outOfScope[refusal] ?? 0) + 1;
      return url && !refusal ? { event, url } : [];
    });
  }

  /** Without the page that names it when that page is out of scope. */
  function withKnownPage(event: Of<"endpoint">): Of<"endpoint"> {
    const { foundAt, ...rest } = event;
    return foundAt === undefined || refusalOf(tryParseWebUrl(foundAt), scope) ? rest : event;
  }

  async function evidenceRows(reported: readonly Of<"evidence">[]) {
    const exchanges = await namedExchanges(options, reported);
    return reported.map((event) => {
      const exchange = event.fetchId === undefined ? null : (exchanges.get(event.fetchId) ?? null);
      const row = newEvidence(event, exchange, redaction);
      // A name that is given again is a new one.
      hashes.delete(event.ref);
      hashes.set(event.ref, row.hash);
      return row;
    });
  }

  async function batchOf(single: readonly SingleEvent[]): Promise<ResultBatch> {
    const of = <Kind extends SingleEvent["event"]>(kind: Kind) =>
      single.filter((event): event is Of<Kind> => event.event === kind);
    for (const finding of of("finding")) assertFindingInScope(finding, scope);
    const evidence = await evidenceRows(of("evidence"));
    const findings = of("finding").map((event) =>
      newFinding(event, { plugin, redaction, redactWords, resolve }),
    );
    const components = of("component").map((event) => newComponent(event, resolve));
    const endpoints = inScope(of("endpoint")).map(({ event, url }) =>
      newEndpoint(withKnownPage(event), url, redaction),
    );
    const fetches = await Promise.all(
      inScope(of("fetch")).map(({ event }) => reportedFetch(options, writer.moduleRunId, event)),
    );
    const cveCandidates = of("cve_candidate").map(({ component, cpe = null, cveId, source, confidence }) => ({
      component: { name: component.name, version: component.version ?? null },
      cpe,
      cveId,
      source,
      confidence,
    }));
    return { endpoints, fetches, evidence, findings, components, cveCandidates };
  }

  return {
    async store(batch) {
      const single = batch.flatMap((event) => (event.event === "pack" ? event.events : [event]));
      await storeResults(database, writer, await batchOf(single));
      forgetOldest(hashes);
      for (const { event } of single) events[event] = (events[event] ?? 0) + 1;
    },
    counters: () => ({ events, outOfScope }),
  };
}

function violation(message: string): AppError {
  return new AppError("PROTOCOL_VIOLATION", message);
}

function refusalOf(url: WebUrl | null, scope: ScopePolicy): ScopeRefusal | null {
  if (!url) return "not_a_web_url";
  const decision = decideUrl(url, scope);
  return decision.allowed ? null : decision.reason;
}

function assertFindingInScope({ type, instance }: Of<"finding">, scope: ScopePolicy): void {
  const refusal = refusalOf(tryParseWebUrl(instance.url), scope);
  if (refusal) throw violation(`finding ${type} is said to be at ${instance.url}, out of scope: ${refusal}`);
}

async function namedExchanges(
  { database, writer: { scanId } }: IngestOptions,
  evidence: readonly Of<"evidence">[],
): Promise<Map<string, FetchReference>> {
  const ids = evidence.flatMap(({ fetchId }) => fetchId ?? []);
  if (ids.length === 0) return new Map();
  const exchanges = await fetchesOfScan(database.sql, scanId, ids);
  const unknown = ids.find((id) => !exchanges.has(id));
  if (unknown !== undefined) throw violation(`evidence names ${unknown}, which is no exchange of this scan`);
  return exchanges;
}
