import { AppError, toError } from "@picket/core";
import { Redis, type RedisOptions } from "ioredis";

export interface QueueConnection {
  /** `redis://` or `rediss://`. */
  redisUrl: string;
  /** First part of all keys. With a hash tag, such as `{picket}`, they live on one node of a cluster. */
  prefix: string;
  /** Told of every connection that breaks; it is made again by itself. */
  onConnectionError?: (error: Error) => void;
}

type ConnectionRules = Pick<RedisOptions, "enableOfflineQueue" | "maxRetriesPerRequest" | "retryStrategy">;

const CONNECT_TIMEOUT_MS = 5_000;
const MAX_RECONNECT_DELAY_MS = 2_000;

/** A connection that, unless `rules` say otherwise, is made again for ever: after 50 ms at first, later every 2 s. */
export function connect(
  { redisUrl, onConnectionError }: Pick<QueueConnection, "redisUrl" | "onConnectionError">,
  rules: ConnectionRules = {},
): Redis {
  const redis = new Redis(redisUrl, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(times * 50, MAX_RECONNECT_DELAY_MS),
    ...rules,
  });
  redis.on("error", (error: Error) => onConnectionError?.(error));
  return redis;
}

export function queueUnavailable(cause: unknown): AppError {
  return new AppError("QUEUE_UNAVAILABLE", `Redis does not answer: ${reasonOf(toError(cause))}`, {
    hint: "Check REDIS_URL and that Redis is running and reachable.",
    cause,
  });
}

/** A refused connection to a name with several addresses is an AggregateError without words of its own. */
function reasonOf(error: Error): string {
  if (error.message !== "") return error.message;
  return error instanceof AggregateError ? error.errors.map(String).join("; ") : error.name;
}

/** Throws QUEUE_UNAVAILABLE when the action fails or takes longer than `timeoutMs`. */
export async function withinTime<Value>(action: Promise<Value>, timeoutMs: number): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([action, late]);
  } catch (error) {
    throw error instanceof AppError ? error : queueUnavailable(error);
  } finally {
    clearTimeout(timer);
  }
}
