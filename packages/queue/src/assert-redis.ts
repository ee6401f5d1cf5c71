import { once } from "node:events";
import { AppError, isError } from "@picket/core";
import type { Redis } from "ioredis";
import { connect, type QueueConnection, withinTime } from "./redis.ts";

const CHECK_TIMEOUT_MS = 5_000;

const REQUIRED = {
  "maxmemory-policy": {
    value: "noeviction",
    why: "with any other policy Redis may drop jobs when its memory is full",
  },
  appendonly: { value: "yes", why: "without it a restart of Redis forgets all jobs" },
} as const;

/**
 * Checks at start that Redis can be used. Throws QUEUE_UNAVAILABLE when it does not answer, INVALID_CONFIG when it could
 * lose jobs. Returns what could not be checked, in words to be logged: services that forbid CONFIG cannot be asked.
 */
export async function assertRedis(connection: Pick<QueueConnection, "redisUrl">): Promise<string[]> {
  const redis = connect(connection, { retryStrategy: () => null });
  try {
    await withinTime(once(redis, "ready"), CHECK_TIMEOUT_MS);
    const warnings = await Promise.all(
      Object.entries(REQUIRED).map(([name, { value, why }]) => check(redis, { name, value, why })),
    );
    return warnings.flat();
  } finally {
    redis.disconnect();
  }
}

async function check(redis: Redis, setting: { name: string; value: string; why: string }): Promise<string[]> {
  const actual = await configValue(redis, setting.name);
  if (actual === null) return [`Redis does not say its ${setting.name}: make sure it is ${setting.value}`];
  if (actual === setting.value) return [];
  throw new AppError("INVALID_CONFIG", `Redis has ${setting.name} ${actual}: ${setting.why}`, {
    hint: `Set it: redis-cli CONFIG SET ${setting.name} ${setting.value}, and in redis.conf.`,
  });
}

/** Null when CONFIG is forbidden or unknown. */
async function configValue(redis: Redis, name: string): Promise<string | null> {
  try {
    const reply = (await withinTime(redis.config("GET", name), CHECK_TIMEOUT_MS)) as string[];
    return reply[1] ?? null;
  } catch (error) {
    const cause = isError(error) ? error.cause : undefined;
    if (isError(cause) && cause.name === "ReplyError") return null;
    throw error;
  }
}
