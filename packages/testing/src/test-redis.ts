import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RedisService, startRedis } from "@picket/infra/services";
import { Redis } from "ioredis";
import { testService } from "./environment.ts";

/** The server has databases 0 to 255; 0 holds the counter that hands out the others. */
const DATABASES = 255;

export type TestRedis = {
  /** Names a database that no other running test uses. */
  url: string;
  /** Prefix for queue names and keys. */
  prefix: string;
  /** Empties this database only. */
  flush(): Promise<void>;
  /** Empties the database and closes the connection. */
  close(): Promise<void>;
};

/** An empty Redis database of its own on the shared server. */
export async function createTestRedis(): Promise<TestRedis> {
  const url = await nextDatabaseUrl();
  const client = new Redis(url);
  await client.flushdb();
  return {
    url,
    prefix: `test-${randomBytes(4).toString("hex")}`,
    flush: async () => {
      await client.flushdb();
    },
    close: async () => {
      await client.flushdb();
      await client.quit();
    },
  };
}

async function nextDatabaseUrl(): Promise<string> {
  const counter = new Redis(testService("REDIS_URL"));
  const number = await counter.incr("picket:test-databases");
  await counter.quit();
  return `${testService("REDIS_URL")}/${(number % DATABASES) + 1}`;
}

/** A Redis server of its own, for tests that flush, stop or break it. Starts in about 50 ms. `port`: default any free. */
export async function startPrivateRedis({ port }: { port?: number } = {}): Promise<RedisService> {
  const dataDir = await mkdtemp(join(tmpdir(), "picket-test-redis-"));
  return startRedis({ dataDir, port, ephemeral: true });
}

/** Keys in database 0. */
export async function countRedisKeys(url: string): Promise<number> {
  const client = new Redis(url);
  const count = await client.dbsize();
  await client.quit();
  return count;
}

/** Empties a whole Redis server, as an operator might by mistake: only for one that `startPrivateRedis` started. */
export async function flushRedis(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushall();
  await client.quit();
}

/** Jobs of any queue that stalled: their worker was gone, or took no care of them in time. */
export async function stalledJobs(url: string): Promise<string[]> {
  const client = new Redis(url);
  const streams = await client.keys("*:events");
  const entries = (await Promise.all(streams.map((key) => client.xrange(key, "-", "+")))).flat();
  await client.quit();
  const fieldOf = (fields: string[], name: string) => fields[fields.indexOf(name) + 1] ?? "";
  return entries
    .filter(([, fields]) => fieldOf(fields, "event") === "stalled")
    .map(([, fields]) => fieldOf(fields, "jobId"));
}

/** All keys of a Redis server with what they hold, as text. */
export async function redisText(url: string): Promise<string> {
  const client = new Redis(url);
  const read: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => client.get(key),
    hash: (key) => client.hgetall(key),
    list: (key) => client.lrange(key, 0, -1),
    set: (key) => client.smembers(key),
    zset: (key) => client.call("ZRANGE", key, "0", "-1"),
    stream: (key) => client.xrange(key, "-", "+"),
  };
  const values = (await client.keys("*")).map(async (key) => [
    key,
    await read[await client.type(key)]?.(key),
  ]);
  const text = JSON.stringify(await Promise.all(values));
  await client.quit();
  return text;
}
