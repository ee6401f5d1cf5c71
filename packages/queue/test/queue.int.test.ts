import { afterEach, describe, expect, it } from "@jest/globals";
import { uuidv7 } from "@picket/core";
import { createTestRedis, startPrivateRedis, type TestRedis, waitFor } from "@picket/testing";
import { Redis } from "ioredis";
import { assertRedis } from "../src/assert-redis.ts";
import { type ConsumerOptions, createConsumer, type JobHandlers } from "../src/consumer.ts";
import { createScanQueue } from "../src/scan-queue.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function testRedis(): Promise<TestRedis> {
  const redis = await createTestRedis();
  cleanups.push(() => redis.close());
  return redis;
}

function producer({ url, prefix }: { url: string; prefix: string }) {
  const queue = createScanQueue({ redisUrl: url, prefix });
  cleanups.push(() => queue.close());
  return queue;
}

async function consumer(
  { url, prefix }: { url: string; prefix: string },
  handlers: Partial<JobHandlers>,
  options: Partial<ConsumerOptions> = {},
) {
  const ignore = async () => null;
  const created = createConsumer({
    redisUrl: url,
    prefix,
    handlers: { "advance-scan": ignore, "run-module": ignore, "sweep-bodies": ignore, ...handlers },
    concurrency: { scan: 2, "module-run": 2, maintenance: 1 },
    ...options,
  });
  cleanups.push(() => created.close(1_000));
  await created.ready();
  return created;
}

describe("scan queue", () => {
  it("carries jobs to the handler of their name", async () => {
    const redis = await testRedis();
    const seen: unknown[] = [];
    const note = async (payload: unknown) => {
      seen.push(payload);
      return null;
    };
    await consumer(redis, { "advance-scan": note, "run-module": note, "sweep-bodies": note });
    const queue = producer(redis);
    const [scanId, moduleRunId] = [uuidv7(), uuidv7()];
    await queue.enqueueAdvance(scanId);
    await queue.enqueueModuleRuns([{ job: { moduleRunId, attempt: 1 }, mode: "interactive" }]);
    await queue.enqueueBodySweep("2026-11-21");
    await waitFor(() => seen.length === 3);
    expect(seen).toEqual(
      expect.arrayContaining([{ scanId }, { moduleRunId, attempt: 1 }, { day: "2026-11-21" }]),
    );
  });

  it("holds one job for a module run's attempt, and every wake-up of a scan", async () => {
    const queue = producer(await testRedis());
    const moduleRunId = uuidv7();
    const scanId = uuidv7();
    const runOf = (attempt: number) => ({ job: { moduleRunId, attempt }, mode: "interactive" }) as const;
    await queue.enqueueModuleRuns([1, 1].map(runOf));
    await queue.enqueueModuleRuns([1, 2].map(runOf));
    for (const id of [scanId, scanId]) await queue.enqueueAdvance(id);
    const depth = await queue.depth();
    expect([depth["module-run"].waiting, depth.scan.waiting]).toEqual([2, 2]);
  });

  it("refuses a payload with more than ids", async () => {
    const queue = producer(await testRedis());
    const job = { moduleRunId: uuidv7(), attempt: 1, secret: "x" };
    await expect(queue.enqueueModuleRuns([{ job, mode: "interactive" }])).rejects.toThrow(/secret/);
  });

  it("fails within 2 s while Redis is away, and works again after", async () => {
    const errors: Error[] = [];
    const redis = await startPrivateRedis();
    const port = Number(new URL(redis.url).port);
    const queue = createScanQueue({
      redisUrl: redis.url,
      prefix: "{p}",
      onConnectionError: (error) => errors.push(error),
    });
    await queue.enqueueAdvance(uuidv7());
    await redis.stop();
    await waitFor(() => errors.length > 0);
    for (let call = 0; call < 5; call++) {
      const started = performance.now();
      await expect(queue.enqueueAdvance(uuidv7())).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
      await expect(queue.ping()).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
      expect(performance.now() - started).toBeLessThan(4_500);
    }
    const again = await startPrivateRedis({ port });
    await waitFor(() => queue.ping().then(() => true), { timeoutMs: 10_000 });
    await queue.enqueueAdvance(uuidv7());
    await queue.close();
    await again.stop();
  }, 60_000);
});

describe("consumer", () => {
  it("tries again what throws, and says when it gives up", async () => {
    const redis = await testRedis();
    const failures: boolean[] = [];
    let calls = 0;
    const fail = async () => {
      calls += 1;
      throw new Error("no");
    };
    const onJobFailed = ({ isFinal }: { isFinal: boolean }) => void failures.push(isFinal);
    await consumer(redis, { "sweep-bodies": fail }, { onJobFailed });
    const queue = producer(redis);
    await queue.enqueueBodySweep("2026-11-21");
    await waitFor(() => failures.length === 1);
    expect([calls, failures]).toEqual([1, [false]]);
    expect((await queue.depth()).maintenance.delayed).toBe(1);
  });

  it("fails for good what is no job of the catalogue", async () => {
    const redis = await testRedis();
    const failed: string[] = [];
    await consumer(redis, {}, { onJobFailed: ({ error }) => void failed.push(error.message) });
    const queue = producer(redis);
    const scan = queue.queues().find(({ name }) => name === "scan");
    await scan?.add("advance-scan", { scanId: "x" }, { attempts: 5 });
    await scan?.add("toString", {}, { attempts: 5 });
    await waitFor(() => failed.length === 2);
    expect(failed.sort()).toEqual([
      expect.stringContaining("advance-scan with a wrong payload"),
      "there is no job toString",
    ]);
    expect((await queue.depth()).scan).toMatchObject({ failed: 2, delayed: 0 });
  });

  it("puts off what a handler cannot do now, at no cost in attempts", async () => {
    const redis = await testRedis();
    let calls = 0;
    await consumer(redis, {
      "sweep-bodies": async () => (++calls < 4 ? { retryInMs: 20 } : null),
    });
    await producer(redis).enqueueBodySweep("2026-11-21");
    await waitFor(() => calls === 4);
  });

  it("leaves unfinished work to others when its grace is over", async () => {
    const redis = await testRedis();
    const endless = Promise.withResolvers<null>();
    let started = false;
    const first = await consumer(redis, {
      "run-module": () => {
        started = true;
        return endless.promise;
      },
    });
    const job = { moduleRunId: uuidv7(), attempt: 1 };
    await producer(redis).enqueueModuleRuns([{ job, mode: "interactive" }]);
    await waitFor(() => started);
    const closing = performance.now();
    await first.close(200);
    expect(performance.now() - closing).toBeLessThan(2_000);
    endless.resolve(null);
  });

  it("goes on after its connections were cut", async () => {
    const redis = await testRedis();
    const seen: string[] = [];
    await consumer(redis, {
      "advance-scan": async ({ scanId }) => {
        seen.push(scanId);
        return null;
      },
    });
    await cutConnections(redis);
    await producer(redis).enqueueAdvance(uuidv7());
    await waitFor(() => seen.length === 1, { timeoutMs: 10_000 });
  });

  it("replaces a listener that takes nothing although jobs wait", async () => {
    const redis = await testRedis();
    const seen: string[] = [];
    const stuck: string[] = [];
    const note = async ({ scanId }: { scanId: string }) => {
      seen.push(scanId);
      return null;
    };
    const onStuck = (queue: string) => void stuck.push(queue);
    await consumer(redis, { "advance-scan": note }, { stuckAfterMs: 300, onStuck });
    const queue = producer(redis);
    const scan = queue.queues().find(({ name }) => name === "scan");
    await scan?.pause();
    await queue.enqueueAdvance(uuidv7());
    await waitFor(() => stuck.length > 0);
    expect([stuck[0], seen.length]).toEqual(["scan", 0]);
    await scan?.resume();
    await waitFor(() => seen.length === 1);
  });
});

/** Ends every client's connection: BullMQ has to connect again by itself. */
async function cutConnections({ url }: TestRedis): Promise<void> {
  const client = new Redis(url);
  await client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await client.quit();
}

describe("assertRedis", () => {
  it("accepts a Redis that keeps jobs", async () => {
    const { url } = await testRedis();
    expect(await assertRedis({ redisUrl: url })).toEqual([]);
  });

  it("says what is wrong and what to do", async () => {
    const redis = await startPrivateRedis();
    const client = new Redis(redis.url);
    await client.config("SET", "maxmemory-policy", "allkeys-lru");
    await expect(assertRedis({ redisUrl: redis.url })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining("maxmemory-policy allkeys-lru"),
      hint: expect.stringContaining("CONFIG SET maxmemory-policy noeviction"),
    });
    await client.config("SET", "maxmemory-policy", "noeviction");
    await client.config("SET", "appendonly", "no");
    await expect(assertRedis({ redisUrl: redis.url })).rejects.toMatchObject({
      message: expect.stringContaining("appendonly no"),
    });
    await client.call("ACL", "SETUSER", "app", "on", ">pw", "~*", "&*", "+@all", "-config");
    const restricted = redis.url.replace("redis://", "redis://app:pw@");
    expect(await assertRedis({ redisUrl: restricted })).toHaveLength(2);
    client.disconnect();
    await redis.stop();
  });

  it("says that Redis does not answer", async () => {
    await expect(assertRedis({ redisUrl: "redis://127.0.0.1:1" })).rejects.toMatchObject({
      code: "QUEUE_UNAVAILABLE",
      message: expect.stringContaining("ECONNREFUSED"),
      hint: expect.stringContaining("REDIS_URL"),
    });
  });
});
