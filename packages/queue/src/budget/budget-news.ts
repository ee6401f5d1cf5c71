import type { Redis } from "ioredis";
import { z } from "zod";

/** The scan that is to stop, or the target that must not be asked for a while. */
const News = z.union([z.strictObject({ stop: z.string() }), z.strictObject({ halt: z.string() })]);
type News = z.infer<typeof News>;

/** What to `publish` so that every process with budgets under this prefix hears it. */
export function publication(prefix: string, news: News): [channel: string, message: string] {
  return [channelOf(prefix), JSON.stringify(news)];
}

const channelOf = (prefix: string) => `${prefix}:budget:news`;

/** What every process is to hear at once. It may be missed: what counts stands in Redis and is read with each step. */
export interface BudgetNews {
  halt(targetId: string): void;
  close(): void;
}

interface BudgetNewsParts {
  redis: Redis;
  prefix: string;
  onConnectionError: (error: Error) => void;
  onStop(scanId: string): void;
  onHalt(targetId: string): void;
}

export function createBudgetNews(parts: BudgetNewsParts): BudgetNews {
  const { redis, prefix, onConnectionError } = parts;
  const subscriber = redis.duplicate();
  subscriber.on("error", onConnectionError);
  subscriber.on("message", (_channel, text: string) => {
    const news = News.safeParse(parsed(text));
    if (!news.success) return;
    if ("stop" in news.data) parts.onStop(news.data.stop);
    else parts.onHalt(news.data.halt);
  });
  subscriber.subscribe(channelOf(prefix)).catch(onConnectionError);
  return {
    halt(targetId) {
      redis.publish(...publication(prefix, { halt: targetId })).catch(onConnectionError);
    },
    close: () => subscriber.disconnect(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
