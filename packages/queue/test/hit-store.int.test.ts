import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type CallbackHit, HIT_SECONDS, MAX_HITS_PER_TOKEN } from "@picket/core";
import { createTestRedis, startPrivateRedis, type TestRedis } from "@picket/testing";
import { Redis } from "ioredis";
import { createHitStore, type RedisHitStore } from "../src/index.ts";

const HIT: CallbackHit = {
  channel: "http",
  at: "2026-01-01T00:00:00.000Z",
  from: "192.0.2.7",
  what: "GET /x",
  agent: "curl/8",
};
let redis: TestRedis;
let store: RedisHitStore;

beforeAll(async () => {
  redis = await createTestRedis();
  store = createHitStore({ redisUrl: redis.url, prefix: redis.prefix });
});
afterAll(async () => {
  store.close();
  await redis.close();
});

it("keeps hits of each token in their order, so many of one, and for their time only", async () => {
  for (let number = 0; number < MAX_HITS_PER_TOKEN + 3; number += 1)
    expect(await store.add("aa", { ...HIT, what: `GET /${number}` })).toBe(true);
  await store.add("bb", HIT);
  const hits = await store.read(["bb", "cc", "aa"]);
  expect(hits[0]).toEqual({ token: "bb", ...HIT });
  expect(hits.slice(1).map(({ what }) => what)).toEqual(
    Array.from({ length: MAX_HITS_PER_TOKEN }, (_, number) => `GET /${number}`),
  );
  const raw = new Redis(redis.url);
  const keys = await raw.keys(`${redis.prefix}:callback:*`);
  const ttls = await Promise.all(keys.map((key) => raw.ttl(key)));
  raw.disconnect();
  expect(keys).toHaveLength(3);
  for (const ttl of ttls) expect(ttl > 0 && ttl <= HIT_SECONDS).toBe(true);
});

it("says when there is no room for more, whoever asks", async () => {
  const raw = new Redis(redis.url);
  await raw.set(`${redis.prefix}:callback:count`, 20_000, "EX", 60);
  expect(await store.add("dd", HIT)).toBe(false);
  expect(await store.read(["dd"])).toEqual([]);
  await raw.del(`${redis.prefix}:callback:count`);
  raw.disconnect();
});

it("knows whether a listener was heard of lately", async () => {
  expect(await store.isListening()).toBe(false);
  await store.announce();
  expect(await store.isListening()).toBe(true);
});

it("says that Redis is away, soon", async () => {
  const own = await startPrivateRedis();
  const lost = createHitStore({ redisUrl: own.url, prefix: "{test}" });
  await lost.announce();
  await own.stop();
  await expect(lost.read(["aa"])).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
  await expect(lost.add("aa", HIT)).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE" });
  lost.close();
});
