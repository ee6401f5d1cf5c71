import {
  authUse,
  type Capability,
  type HealthSignal,
  type HttpRequest,
  type HttpResult,
  headerValues,
  markHeader,
  type ScopePolicy,
  stopSignal,
  toError,
} from "@picket/core";
import {
  type ClaimedRun,
  type IsHealthyPlace,
  type NewCoverage,
  type NewFetch,
  type RunCounters,
  type Sql,
  storeFetches,
} from "@picket/db";
import { type AuthSession, type Broker, createBroker, type FetchRecord } from "@picket/http";
import type { PluginPorts } from "@picket/plugin-runner";
import { redactJson, redactText } from "@picket/storage";
import { createBatcher } from "../ingest/batcher.ts";
import { createIngest } from "../ingest/create-ingest.ts";
import { brokerFetch } from "../ingest/fetch-rows.ts";
import type { WorkerDeps } from "../worker-deps.ts";
import { type CoverageBook, createCoverageBook } from "./coverage-book.ts";
import { patiently } from "./patience.ts";
import { createPurposeCount } from "./purpose-count.ts";
import type { Recall } from "./recall.ts";
import { createRunNotes } from "./run-notes.ts";
import { createSessionPort } from "./session-port.ts";

/** Exchanges that are written in one statement at most. */
const FETCHES_PER_WRITE = 50;

/** Requests of one run that say something about the target. */
const ENOUGH_REQUESTS = 20;
/** Nobody asked the target, and nothing kept the run from it. */
const NOT_TRIED: ReadonlySet<string> = new Set(["cancelled", "invalid_request"]);

/** Everything a run in hand needs from this worker, and what it has done so far. */
export interface OpenRun {
  ports: PluginPorts;
  counters(): RunCounters;
  /** Proves that the run has the session it may use. Null, or why it has none. */
  logIn(signal: AbortSignal): Promise<string | null>;
  /** Proves that the session has lived until now. */
  proveSession(signal: AbortSignal): Promise<void>;
  /** Where it has looked so far. */
  coverage(): NewCoverage[];
  /** The signal that its requests are reason enough to stop the scan by; null when they are not. */
  problem(): HealthSignal | null;
  /** Ends what is under way and closes every connection to the target. */
  close(): void;
}

export interface RunTerms {
  capabilities: readonly Capability[];
  /** Finding types that it may report. */
  emits: readonly string[];
  scope: ScopePolicy;
  isHealthyPlace: IsHealthyPlace | null;
  /** Of the scan's auth profile; null: it has none. */
  session: AuthSession | null;
  /** Of its comparison auth profile; null: it has none. */
  comparison: AuthSession | null;
  /** What earlier attempts were answered; null: there were none. */
  recall: Recall | null;
  /** Fires when the run is to stop. */
  signal: AbortSignal;
}

export function openRun(deps: WorkerDeps, run: ClaimedRun, terms: RunTerms): OpenRun {
  const { capabilities, scope, isHealthyPlace, signal } = terms;
  const { database, bodies, preparer, settings } = deps;
  const { scanId, moduleRunId, attempt, target, storageMode, onlyFinding } = run;
  const writer = { scanId, targetId: target.id, moduleRunId, attempt, onlyFinding };
  const keeping = { bodies, preparer, redaction: settings.redaction, storageMode };
  const writeFetch = createBatcher<NewFetch>(
    (fetches) => storeFetches(database, writer, fetches),
    FETCHES_PER_WRITE,
  );
  const closing = new AbortController();
  // A store that is away holds the plugin up; the lease, the deadline and a stop bound how long.
  const keep = <Result>(work: () => Promise<Result>) =>
    patiently(work, {
      signal: AbortSignal.any([signal, closing.signal]),
      onWait: (thrown) => deps.logger.warn("run waits for a store", { error: toError(thrown) }),
    });
  const book = createCoverageBook({ base: scope.base, redaction: settings.redaction, isHealthyPlace });
  let requests = 0;
  const purposes = createPurposeCount(terms.emits);
  const broker = openBroker(deps, run, {
    ...terms,
    book,
    async onFetch(record) {
      requests += 1;
      purposes.add(record);
      const fetch = await keep(() => brokerFetch(keeping, record));
      await keep(() => writeFetch(fetch));
    },
  });
  const context = { moduleRunId, plugin: run.plugin, capabilities };
  const authFacts = () => (capabilities.includes("auth:use") ? broker.authFacts("primary") : null);
  const comparisonFacts = () =>
    capabilities.includes("auth:compare") ? broker.authFacts("comparison") : null;
  const notes = createRunNotes();
  const ingest = createIngest({ ...keeping, database, writer, plugin: run.plugin, scope });
  return {
    ports: {
      http: async (request, signal) => {
        const result = await broker.request(request, { ...context, signal });
        noteUnsent(book, request, result);
        return result;
      },
      tls: (probe, signal) => broker.probeTls(probe, { ...context, signal }),
      callbacks: deps.callbacks.forRun(moduleRunId, capabilities),
      session: createSessionPort({ ...patientReads(deps, keep), scope, book, stage: run.stage }, scanId),
      events: (batch) => keep(() => ingest.store(batch)),
      log: ({ level, message, fields }) => {
        const words = redactText(message, settings.redaction);
        if (level !== "debug") notes.add(words, fields);
        deps.logger[level](words, { fields: redactJson(fields, settings.redaction) });
      },
    },
    counters() {
      const { responses, recalled, failures, refusals, tlsOffers, bodyBytes } = broker.counters();
      return compact({
        requests,
        requestsFor: purposes.counts(),
        responses,
        recalled,
        tlsOffers,
        bodyBytes,
        failures: compact(failures),
        refusals: compact(refusals),
        auth: authFacts() ?? {},
        comparisonAuth: comparisonFacts() ?? {},
        exchanges: book.exchanges(),
        placesNotKept: book.placesNotKept(),
        notes: notes.notes(),
        ...ingest.counters(),
      });
    },
    logIn: (signal) => broker.startSession({ ...context, signal }),
    proveSession: (signal) => broker.endSession({ ...context, signal }),
    coverage: () => book.rows([authFacts(), comparisonFacts()].flatMap((facts) => facts?.doubts ?? [])),
    problem() {
      const auth = authUse([{ isEnded: false, facts: authFacts() }]);
      if (requests < ENOUGH_REQUESTS && !auth?.isLost) return null;
      const { responses, failures } = broker.counters();
      const exchanges = book.exchanges();
      const ofSession = auth && { sessionExchanges: exchanges };
      return stopSignal({ ...NO_SCAN, responses, failures, exchanges, auth, ...ofSession });
    },
    close() {
      closing.abort();
      broker.close();
    },
  };
}

/** For reading what is recorded: while a store is away, who reads waits. */
function patientReads(
  { database, bodies }: Pick<WorkerDeps, "database" | "bodies">,
  keep: <Result>(work: () => Promise<Result>) => Promise<Result>,
): { sql: Sql; bodies: Pick<WorkerDeps["bodies"], "get"> } {
  return {
    sql: { query: (...query) => keep(() => database.sql.query(...query)) },
    bodies: { get: (path) => keep(() => bodies.get(path)) },
  };
}

interface BrokerTerms extends Pick<RunTerms, "scope" | "session" | "comparison" | "recall"> {
  /** Told of each answer that counts as a look. */
  book: CoverageBook;
  onFetch(record: FetchRecord): Promise<void>;
}

function openBroker(
  { budgets, settings }: WorkerDeps,
  { scanId, target, requests, storageMode, usedRequests }: ClaimedRun,
  { scope, session, comparison, recall, book, onFetch }: BrokerTerms,
): Broker {
  return createBroker({
    scope,
    storageMode,
    budget: budgets.forScan({ ...target, targetId: target.id, scanId, usedRequests }),
    requestHeaders: [
      ["user-agent", settings.userAgent],
      markHeader(requests.mark ?? settings.requestMark, scanId),
    ],
    policy: requests,
    session: session ?? undefined,
    comparison: comparison ?? undefined,
    ...(recall && {
      async recall(request) {
        const answer = await recall(request);
        if (answer)
          book.request(request, { ...answer, location: headerValues(answer.headers, "location")[0] });
        return answer;
      },
    }),
    async onFetch(record) {
      if (record.role === undefined) noteSent(book, record, session !== null);
      await onFetch(record);
    },
  });
}

/** Facts of a scan that nothing is known of but the requests of one run. */
const NO_SCAN = {
  runs: [],
  endpoints: 0,
  baselineEndpoints: null,
  pace: { lowestRps: null, events: {}, pausedMs: 0 },
  isCancelled: false,
  isPastDeadline: false,
  isIsolationWeak: false,
  stoppedBy: null,
};

function noteSent(
  book: CoverageBook,
  { id, repeats, method, url, status, responseHeaders = [], failure, startedAt, ...record }: FetchRecord,
  hasSession: boolean,
): void {
  const isOther = record.identity === "comparison" || record.identity === "anonymous";
  // Asked for on purpose beside a session, it says as much of the place as one with the session.
  const isAuthenticated = record.authenticated === true || (isOther && hasSession);
  const place = {
    method,
    url,
    at: startedAt,
    fetchId: id,
    repeats,
    ...(isAuthenticated && { authenticated: startedAt.getTime() }),
    mayBeRefused: isOther,
  };
  const [location] = headerValues(responseHeaders, "location");
  if (status !== undefined) book.request(place, { status, location });
  else if (failure && failure !== "cancelled") book.request(place, { failure });
}

/** What never left: refused, or without an address to go to. */
function noteUnsent(book: CoverageBook, { method, url }: HttpRequest, result: HttpResult): void {
  if (result.ok || result.fetchId || NOT_TRIED.has(result.reason)) return;
  book.request({ method, url }, { failure: result.reason });
}

/** Without zeros and empty groups. */
function compact<Counts extends object>(counts: Counts): Partial<Counts> {
  const isSomething = (value: unknown) =>
    typeof value === "number" ? value > 0 : Object.keys(value ?? {}).length > 0;
  return Object.fromEntries(
    Object.entries(counts).filter(([, value]) => isSomething(value)),
  ) as Partial<Counts>;
}
