/** Answers that one address is given in a second. A target's resolver stands for all that asks through it. */
const PER_SOURCE = 50;
/** Addresses that are told apart in a second; who comes after them waits for the next. */
const MAX_SOURCES = 4_096;
const WINDOW_MS = 1_000;

/** Whether one more may be answered now. Counts by the second, so that its memory ends with it. */
export function createRateLimit(): (source: string) => boolean {
  let window = 0;
  const counts = new Map<string, number>();
  return (source) => {
    const now = Math.floor(performance.now() / WINDOW_MS);
    if (now !== window) {
      counts.clear();
      window = now;
    }
    const count = counts.get(source) ?? 0;
    if (count >= PER_SOURCE || (count === 0 && counts.size >= MAX_SOURCES)) return false;
    counts.set(source, count + 1);
    return true;
  };
}
