import {
  ALIVE_SECONDS,
  CallbackHit,
  HIT_SECONDS,
  type HitStore,
  MAX_HITS_PER_TOKEN,
  parseJson,
  type TokenHit,
} from "@picket/core";
import type { Redis } from "ioredis";
import { connect, type QueueConnection, queueUnavailable, quiet, withinTime } from "./redis.ts";

/** Hits that are kept within `HIT_SECONDS`, of all tokens together: some 15 MB. */
const MAX_HITS = 20_000;
/** A callback is worth no longer wait: who asks is told that Redis is away. */
const ANSWER_MS = 2_000;

/** Full for this token: it has been heard, nothing is lost. Full for all: 0. */
const ADD = `
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 1 end
if tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[3]) then return 0 end
if redis.call('INCR', KEYS[2]) == 1 then redis.call('EXPIRE', KEYS[2], ARGV[4]) end
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1`;

export interface RedisHitStore extends HitStore {
  close(): void;
}

/** Hits in Redis, for listeners and workers in processes of their own. Throws QUEUE_UNAVAILABLE when Redis is away. */
export function createHitStore(connection: QueueConnection): RedisHitStore {
  const onConnectionError = quiet(connection.onConnectionError);
  const redis = connect({ ...connection, onConnectionError }, { maxRetriesPerRequest: 1 });
  const key = (name: string) => `${connection.prefix}:callback:${name}`;
  const [count, alive] = [key("count"), key("alive")];
  return {
    async add(token, hit) {
      const terms = [JSON.stringify(hit), MAX_HITS_PER_TOKEN, MAX_HITS, HIT_SECONDS];
      return (await withinTime(redis.eval(ADD, 2, key(token), count, ...terms), ANSWER_MS)) === 1;
    },
    read: (tokens) => withinTime(readHits(redis, tokens, key), ANSWER_MS),
    async announce() {
      await withinTime(redis.set(alive, "1", "EX", ALIVE_SECONDS), ANSWER_MS);
    },
    isListening: async () => (await withinTime(redis.exists(alive), ANSWER_MS)) === 1,
    close: () => redis.disconnect(),
  };
}

async function readHits(
  redis: Redis,
  tokens: readonly string[],
  key: (token: string) => string,
): Promise<TokenHit[]> {
  const commands = redis.pipeline();
  for (const token of tokens) commands.lrange(key(token), 0, -1);
  const replies = (await commands.exec()) ?? [];
  return replies.flatMap(([error, lines], index) => {
    if (error) throw queueUnavailable(error);
    const token = tokens[index] ?? "";
    return (lines as string[]).map((line) => ({ token, ...CallbackHit.parse(parseJson(line)) }));
  });
}
