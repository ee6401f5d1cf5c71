import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { close, listen } from "./budget-fleet.ts";
import { machineNow } from "./machine-clock.ts";

/** What a request is answered with, and after how long. */
export interface Answer {
  status: number;
  afterMs: number;
  headers?: Record<string, string>;
}

/** How a server answers what comes at this moment. */
export type Behaviour = (at: number) => Answer;

export interface Arrival {
  at: number;
  status: number;
}

/** A server in distress, as its operator sees it. */
export interface DistressTarget {
  url: string;
  /** Requests that came, in order. */
  arrivals: Arrival[];
  /** Connections that came while it was dead, in order. */
  connects: number[];
  behave(behaviour: Behaviour): void;
  /** Dead, it breaks off every connection that there is and that comes. */
  die(): void;
  revive(): void;
  close(): void;
}

/** A page's time, ms. */
const PAGE_MS = 10;

export const healthy: Behaviour = () => ({ status: 200, afterMs: PAGE_MS });

export const hung: Behaviour = () => ({ status: 200, afterMs: 10_000 });

/** Serves so many requests in any second, and answers 503 to those above, without a Retry-After. */
export function ableToServe(perSecond: number): Behaviour {
  const served: number[] = [];
  return (at) => {
    while (served[0] !== undefined && at - served[0] >= 1_000) served.shift();
    if (served.length >= perSecond) return { status: 503, afterMs: 0 };
    served.push(at);
    return { status: 200, afterMs: PAGE_MS };
  };
}

/** Asks to be left alone until then. */
export function leaveAloneUntil(until: number): Behaviour {
  return (at) => {
    if (at >= until) return healthy(at);
    return { status: 429, afterMs: 0, headers: { "Retry-After": `${Math.ceil((until - at) / 1_000)}` } };
  };
}

export async function startDistressTarget(): Promise<DistressTarget> {
  const arrivals: Arrival[] = [];
  const connects: number[] = [];
  let behaviour = healthy;
  let isDead = false;
  const server = createServer(async (_request, response) => {
    const at = machineNow();
    const { status, afterMs, headers = {} } = behaviour(at);
    arrivals.push({ at, status });
    if (afterMs > 0) await sleep(afterMs, undefined, { ref: false });
    response.writeHead(status, headers).end("ok");
  });
  server.on("connection", (socket) => {
    if (!isDead) return;
    connects.push(machineNow());
    socket.resetAndDestroy();
  });
  return {
    url: await listen(server),
    arrivals,
    connects,
    behave(next) {
      behaviour = next;
    },
    die() {
      isDead = true;
      server.closeAllConnections();
    },
    revive() {
      isDead = false;
    },
    close: () => close(server),
  };
}
