import { countScansByStatus, type Database } from "@picket/db";
import type { ScanQueue } from "@picket/queue";
import type { RequestHandler } from "express";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  /** Times every request. */
  middleware: RequestHandler;
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>;
  contentType: string;
}

/** Bounds of the duration histogram, s: a page of a list takes milliseconds, a stream up to an hour. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 3_600];

export function createMetrics({ database, queue }: { database: Database; queue: ScanQueue }): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: "picket_http_request_duration_seconds",
    help: "Time from request to the end of the answer.",
    labelNames: ["method", "route", "status"],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  registerQueueDepth(registry, queue);
  registerScans(registry, database);
  return {
    middleware: timeRequests(durations),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** The route is the pattern, never the path: a label must not have a value for each id. */
function timeRequests(durations: Histogram<"method" | "route" | "status">): RequestHandler {
  return (request, response, next) => {
    const end = durations.startTimer({ method: request.method });
    response.once("close", () => {
      const route = typeof request.route?.path === "string" ? request.route.path : "other";
      end({ route, status: response.statusCode });
    });
    next();
  };
}

/** While Redis is away there is no depth to tell; that it is away is what /readyz says. */
function registerQueueDepth(registry: Registry, queue: ScanQueue): void {
  const gauge = new Gauge({
    name: "picket_queue_jobs",
    help: "Jobs by queue and state.",
    labelNames: ["queue", "state"],
    registers: [registry],
    async collect() {
      this.reset();
      const depths = await queue.depth().catch(() => ({}));
      for (const [name, depth] of Object.entries(depths)) {
        for (const [state, count] of Object.entries(depth)) gauge.set({ queue: name, state }, count);
      }
    },
  });
}

function registerScans(registry: Registry, database: Database): void {
  const gauge = new Gauge({
    name: "picket_scans",
    help: "Scans by status.",
    labelNames: ["status"],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { status, count } of await countScansByStatus(database.sql)) gauge.set({ status }, count);
    },
  });
}
