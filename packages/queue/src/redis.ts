import { AppError, toError } from "@picket/core";
import { Redis, type RedisOptions } from "ioredis";

export interface QueueConnection {
  /** `redis://` or `rediss://`. */
  redisUrl: string;
  /** First part of all keys. With a hash tag, such as `{picket}`, they live on one node of a cluster. */
  prefix: string;
  /** Told of connections that break, of the same trouble every 30 s at most; they are made again by themselves. */
  onConnectionError?: (error: Error) => void;
}

type ConnectionRules = Pick<RedisOptions, "enableOfflineQueue" | "maxRetriesPerRequest" | "retryStrategy">;

const CONNECT_TIMEOUT_MS = 5_000;
const REPORT_PAUSE_MS = 30_000;
/** Longest wait for an orderly end; a Redis that is away would never let a connection have one, ms. */
const CLOSE_TIMEOUT_MS = 1_000;
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

/** `report`, silent about what it was told less than 30 s ago: while Redis is away, every try of a connection fails. */
export function quiet(report: QueueConnection["onConnectionError"]): (error: Error) => void {
  const reportedAt = new Map<string, number>();
  return (error) => {
    const last = reportedAt.get(error.message);
    if (last !== undefined && performance.now() - last < REPORT_PAUSE_MS) return;
    reportedAt.clear();
    reportedAt.set(error.message, performance.now());
    report?.(error);
  };
}

/** Waits for an orderly end, but not long. How it failed does not matter any more. */
export async function closed(closing: Promise<unknown>): Promise<void> {
  await withinTime(closing, CLOSE_TIMEOUT_MS).catch(() => undefined);
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
