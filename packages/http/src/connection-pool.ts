import { setTimeout as sleep } from "node:timers/promises";
import { originOf } from "@picket/core";
import {
  type Connection,
  type ConnectionLimits,
  closeConnection,
  openConnection,
  type TlsTerms,
} from "./connection.ts";
import { FetchError } from "./fetch-error.ts";
import type { ScopedTarget, ScopedTargets } from "./scope-gate.ts";

/** Idle connections, each lent again only for the origin and the address it was opened to. */
export interface ConnectionPool {
  /** An idle connection to one of the targets, or null. It has rested for `REST_MS`. */
  take(targets: ScopedTargets): Promise<Connection | null>;
  /**
   * A new connection to the first target that accepts one. The others are tried only when it does not, and the one
   * that did is tried first from then on. Throws as `openConnection` does.
   */
  open(targets: ScopedTargets, signal: AbortSignal, terms?: TlsTerms): Promise<Connection>;
  /** Hands a connection back after a complete exchange. */
  giveBack(connection: Connection): void;
  /** Closes the idle connections, and those handed back later. */
  close(): void;
}

/**
 * Pause between a response and the next request on its connection, ms. Many a server closes after a response that did
 * not say so; a request that crosses that end is lost, and only an idempotent one is repeated, at the budget's expense.
 */
const REST_MS = 5;

interface IdleConnection {
  connection: Connection;
  /** `performance.now()` at the end of its last response. */
  since: number;
}

export function createConnectionPool(limits: ConnectionLimits): ConnectionPool {
  const idle = new Map<string, IdleConnection[]>();
  const lastAccepted = new Map<string, string>();
  let isClosed = false;

  return {
    async take(targets) {
      for (const target of targets) {
        const connection = await takeRested(idle.get(keyOf(target)) ?? []);
        if (connection) return connection;
      }
      return null;
    },

    async open(targets, signal, terms = {}) {
      const origin = originOf(targets[0].url);
      const preferred = preferring(lastAccepted.get(origin), targets);
      const connection = await openFirst(preferred, (target) =>
        openConnection(target, limits, signal, terms),
      );
      lastAccepted.set(origin, connection.target.address);
      return connection;
    },

    giveBack(connection) {
      // What was made on a plugin's terms is lent to nobody else.
      if (isClosed || connection.peer || !isUsable(connection)) return closeConnection(connection);
      const key = keyOf(connection.target);
      const others = (idle.get(key) ?? []).filter((other) => isUsable(other.connection));
      idle.set(key, [...others, { connection, since: performance.now() }]);
    },

    close() {
      isClosed = true;
      for (const { connection } of [...idle.values()].flat()) closeConnection(connection);
      idle.clear();
    },
  };
}

function keyOf({ url, address }: ScopedTarget): string {
  return `${originOf(url)} ${address}`;
}

function isUsable({ socket }: Connection): boolean {
  return !socket.destroyed && !socket.readableEnded;
}

/** The one that has rested longest; taken out of the list before any wait, so that nobody else gets it. */
async function takeRested(waiting: IdleConnection[]): Promise<Connection | null> {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const restMs = next.since + REST_MS - performance.now();
    if (restMs > 0) await sleep(restMs);
    if (isUsable(next.connection)) return next.connection;
  }
  return null;
}

function preferring(address: string | undefined, targets: ScopedTargets): readonly ScopedTarget[] {
  const preferred = targets.filter((target) => target.address === address);
  return [...preferred, ...targets.filter((target) => target.address !== address)];
}

/** `open` of the first target that accepts a connection; throws what else goes wrong. */
export async function openFirst<Opened>(
  targets: readonly ScopedTarget[],
  open: (target: ScopedTarget) => Promise<Opened>,
): Promise<Opened> {
  const failures: FetchError[] = [];
  for (const target of targets) {
    try {
      return await open(target);
    } catch (error) {
      if (!(error instanceof FetchError && error.reason === "connect_error")) throw error;
      failures.push(error);
    }
  }
  throw new FetchError("connect_error", failures.map(({ message }) => message).join("; "));
}
