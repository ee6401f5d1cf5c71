import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { uuidv7 } from "@picket/core";
import { startPrivateRedis } from "@picket/testing";
import { Redis } from "ioredis";
import type { BudgetClient, Load, PaceNote } from "./budget-client.ts";

/** Processes that share a budget. */
export const PROCESSES = 4;

/** A load of each process: 40 hands in all, as many requests in flight. */
export function loadOf(url: string, rps: number): Load {
  return { url, targetId: uuidv7(), scanId: uuidv7(), rps, concurrency: 40, hands: 10 };
}

export interface Fleet {
  /** Resolves when all its processes have ended. */
  done: Promise<void>;
  /** Changes of pace so far. */
  notes: PaceNote[];
}

/** Starts the processes, on a Redis of their own. `onEnd` sees it before it goes. */
export async function startFleet(
  client: Pick<BudgetClient, "forMs" | "loads"> & Partial<BudgetClient>,
  onEnd: (redis: Redis) => Promise<void> = async () => undefined,
): Promise<Fleet> {
  const service = await startPrivateRedis();
  const whole: BudgetClient = { redisUrl: service.url, prefix: "bench", limiter: "picket", ...client };
  const notes: PaceNote[] = [];
  const processes = Array.from({ length: PROCESSES }, () => runClient(whole, (note) => notes.push(note)));
  const end = async () => {
    await Promise.all(processes);
    const redis = new Redis(service.url);
    await onEnd(redis);
    redis.disconnect();
    await service.stop();
  };
  return { done: end(), notes };
}

async function runClient(client: BudgetClient, onNote: (note: PaceNote) => void): Promise<void> {
  const file = join(import.meta.dirname, "budget-client.ts");
  const child = spawn(process.execPath, [file, JSON.stringify(client)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  createInterface(child.stdout).on("line", (line) => onNote(JSON.parse(line) as PaceNote));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`a process of the fleet ended with exit code ${code}`);
}

/** Where a server that listens on a free port of 127.0.0.1 is found. */
export async function listen(server: Server): Promise<string> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

export function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}
