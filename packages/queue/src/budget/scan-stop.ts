import type { Redis } from "ioredis";
import { publication } from "./budget-news.ts";

/** Longer than any scan may take: whoever missed the news finds the flag, s. */
const STOP_SECONDS = 86_400;

export function stopKey(prefix: string, scanId: string): string {
  return `${prefix}:budget:scan:${scanId}:stop`;
}

/** From now on no process is given leave to send for these scans; those that do are told at once. */
export async function publishStops(redis: Redis, prefix: string, scanIds: readonly string[]): Promise<void> {
  const commands = redis.multi();
  for (const scanId of scanIds) {
    commands.set(stopKey(prefix, scanId), "1", "EX", STOP_SECONDS);
    commands.publish(...publication(prefix, { stop: scanId }));
  }
  await commands.exec();
}
