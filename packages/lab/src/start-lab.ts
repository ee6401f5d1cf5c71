import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer, Server as SecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Application } from "./application.ts";
import { accountsSafe } from "./apps/accounts-safe.ts";
import { accountsVulnerable } from "./apps/accounts-vulnerable.ts";
import { commandSafe } from "./apps/command-safe.ts";
import { commandVulnerable } from "./apps/command-vulnerable.ts";
import { documentsSafe } from "./apps/documents-safe.ts";
import { documentsVulnerable } from "./apps/documents-vulnerable.ts";
import { exposuresSafe } from "./apps/exposures-safe.ts";
import { exposuresVulnerable } from "./apps/exposures-vulnerable.ts";
import { fetchingSafe } from "./apps/fetching-safe.ts";
import { fetchingVulnerable } from "./apps/fetching-vulnerable.ts";
import { fixed } from "./apps/fixed.ts";
import { injectionSafe } from "./apps/injection-safe.ts";
import { injectionVulnerable } from "./apps/injection-vulnerable.ts";
import { latency } from "./apps/latency.ts";
import { leaky } from "./apps/leaky.ts";
import { leakySafe } from "./apps/leaky-safe.ts";
import { maze } from "./apps/maze.ts";
import { members } from "./apps/members.ts";
import { plannerSafe, plannerVulnerable } from "./apps/planner.ts";
import { queriesSafe } from "./apps/queries-safe.ts";
import { queriesVulnerable } from "./apps/queries-vulnerable.ts";
import { requestsSafe } from "./apps/requests-safe.ts";
import { requestsVulnerable } from "./apps/requests-vulnerable.ts";
import { slow } from "./apps/slow.ts";
import { soft404 } from "./apps/soft404.ts";
import { spa } from "./apps/spa.ts";
import { staticSleep } from "./apps/static-sleep.ts";
import { TLS_SITES } from "./apps/tls-sites.ts";
import { vulnerable } from "./apps/vulnerable.ts";
import { waf } from "./apps/waf.ts";
import { walled } from "./apps/walled.ts";

export const LABS = {
  vulnerable,
  fixed,
  spa,
  soft404,
  slow,
  "static-sleep": staticSleep,
  waf,
  walled,
  latency,
  members,
  maze,
  "exposures-vulnerable": exposuresVulnerable,
  "exposures-safe": exposuresSafe,
  "requests-vulnerable": requestsVulnerable,
  "requests-safe": requestsSafe,
  leaky,
  "leaky-safe": leakySafe,
  "injection-vulnerable": injectionVulnerable,
  "injection-safe": injectionSafe,
  "command-vulnerable": commandVulnerable,
  "command-safe": commandSafe,
  "fetching-vulnerable": fetchingVulnerable,
  "fetching-safe": fetchingSafe,
  ...TLS_SITES,
  "queries-vulnerable": queriesVulnerable,
  "queries-safe": queriesSafe,
  "documents-vulnerable": documentsVulnerable,
  "documents-safe": documentsSafe,
  "accounts-vulnerable": accountsVulnerable,
  "accounts-safe": accountsSafe,
  "planner-vulnerable": plannerVulnerable,
  "planner-safe": plannerSafe,
} as const satisfies Record<string, Application>;
export type LabName = keyof typeof LABS;

/** One request as the application received it. */
export interface ReceivedRequest {
  method: string;
  /** Path and query, as on the wire. */
  url: string;
  headers: IncomingMessage["headers"];
  /** Monotonic clock, ms: for rates and for how many were under way at once. */
  startedAt: number;
  /** Null while the answer is under way. */
  endedAt: number | null;
}

export interface RunningLab {
  name: LabName;
  /** Origin without a trailing slash. */
  url: string;
  keys: Application["keys"];
  /** All requests so far, in order of arrival. */
  requests(): readonly ReceivedRequest[];
  /** Ends open connections and frees the port. */
  stop(): Promise<void>;
}

function record(log: ReceivedRequest[], request: IncomingMessage, response: ServerResponse): void {
  const { method = "", url = "", headers } = request;
  const received: ReceivedRequest = { method, url, headers, startedAt: performance.now(), endedAt: null };
  log.push(received);
  response.on("close", () => {
    received.endedAt = performance.now();
  });
}

async function createServerOf({ secure }: Application, listener: RequestListener): Promise<Server> {
  return secure ? createSecureServer(await secure(), listener) : createServer(listener);
}

async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host);
  await once(server, "listening");
  const { port: bound } = server.address() as AddressInfo;
  const scheme = server instanceof SecureServer ? "https" : "http";
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${bound}`;
}

/** Starts an application on loopback; port 0 takes a free one. Rejects when the port is taken. */
export async function startLab(
  name: LabName,
  { port = 0, host = "127.0.0.1" }: { port?: number; host?: string } = {},
): Promise<RunningLab> {
  const log: ReceivedRequest[] = [];
  const application: Application = LABS[name];
  const handle = application.create();
  const server = await createServerOf(application, (request, response) => {
    record(log, request, response);
    handle(request, response);
  });
  const url = await listen(server, port, host);
  return {
    name,
    url,
    keys: application.keys,
    requests: () => log,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
