import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { parseWebUrl, type RequestBudget, uuidv7 } from "@picket/core";
import { createBroker } from "@picket/http";
import type { PluginPorts } from "@picket/plugin-runner";
import { createTargetBudgets } from "@picket/queue";
import { type BodyStore, createBodyPreparer } from "@picket/storage";
import { startPrivateRedis } from "@picket/testing";
import { brokerFetch } from "../../apps/worker/src/ingest/fetch-rows.ts";
import type { PreparedPlugin } from "./plugin-bench.ts";

/** The plugin that asks for the pages of `page-target.ts`. */
export const PAGES_PLUGIN = join(import.meta.dirname, "../../apps/worker/test/fixtures/hasty/hasty");

/** A target in a process of its own, and what a worker asks it through: scope, pacer with a Redis, redaction, hashes. */
export interface PagedTarget {
  url: string;
  request: PluginPorts["http"];
  close(): Promise<void>;
}

/** Hashes what it is given, and keeps nothing. */
const HASHING: Pick<BodyStore, "put"> = {
  async put(bytes) {
    const sha256 = hash("sha256", bytes);
    return { path: `sha256/${sha256}`, sha256, size: bytes.length };
  },
};

function openBroker(baseUrl: string, budget: RequestBudget): Pick<PagedTarget, "request" | "close"> {
  const base = parseWebUrl(baseUrl);
  const preparer = createBodyPreparer();
  const redaction = { emails: true, cards: true, key: "bench-bench-bench-bench" };
  const keeping = { bodies: HASHING as BodyStore, preparer, redaction, storageMode: "sampled" } as const;
  const broker = createBroker({
    scope: { base, rules: [{ pattern: base.host, ports: [String(base.port)] }], platform: [] },
    budget,
    storageMode: keeping.storageMode,
    onFetch: async (record) => void (await brokerFetch(keeping, record)),
  });
  return {
    request: (request, signal) =>
      broker.request(request, { plugin: "bench", capabilities: ["http:passive"], signal }),
    async close() {
      broker.close();
      await preparer.close();
    },
  };
}

async function startTarget(): Promise<{ url: string; stop(): void }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "page-target.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { url: line.toString().trim(), stop: () => void child.kill() };
}

/** `terms`: the target's budget. Rows and bodies are not written. */
export async function startPagedTarget(terms: {
  rps: number;
  concurrency: number;
  maxRequests: number;
}): Promise<PagedTarget> {
  const [target, redis] = [await startTarget(), await startPrivateRedis()];
  const budgets = createTargetBudgets({
    redisUrl: redis.url,
    prefix: "{bench}",
    onConnectionError: () => undefined,
  });
  const budget = budgets.forScan({ targetId: uuidv7(), scanId: uuidv7(), ...terms });
  const { request, close } = openBroker(`${target.url}/`, budget);
  return {
    url: target.url,
    request,
    async close() {
      await close();
      budgets.close();
      await redis.stop();
      target.stop();
    },
  };
}

/** Has `PAGES_PLUGIN` ask for pages, `atOnce` at a time. Throws unless it says that all were right. */
export async function scanPages(
  run: PreparedPlugin,
  { url, request }: Pick<PagedTarget, "url" | "request">,
  settings: { pages: number; atOnce: number },
): Promise<void> {
  let right: unknown;
  const { reason, detail } = await run({
    baseUrl: `${url}/`,
    http: request,
    settings,
    async events([event]) {
      if (event?.event === "evidence") right = event.details.right;
    },
  });
  if (right !== settings.pages)
    throw new Error(`${String(right)} of ${settings.pages} pages came back right: ${reason} ${detail}`);
}
