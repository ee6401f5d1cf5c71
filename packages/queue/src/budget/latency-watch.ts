/** Weight of the newest answer in the mean. */
const WEIGHT = 0.2;
/** Answers that a mean needs to mean anything. */
const ENOUGH = 10;
/** A mean so many times the best one is a sign of distress (Scrapy's AutoThrottle and TCP Vegas watch the same ratio) … */
const SLOW_RATIO = 3;
/** … unless it is short all the same, ms. */
const SLOW_MS = 300;
/** Means are compared with the best one of about so many answers. */
const MEMORY = 500;

/** Tells when a target answers far more slowly than it can. */
export interface LatencyWatch {
  /** True when the mean has become a sign of distress. It is told once, then the watch starts anew. */
  add(elapsedMs: number): boolean;
  /** Moving mean, ms; 0 before the first answer. */
  mean(): number;
}

export function createLatencyWatch(): LatencyWatch {
  let mean = 0;
  let best = Number.POSITIVE_INFINITY;
  let count = 0;
  return {
    add(elapsedMs) {
      mean = count === 0 ? elapsedMs : mean + WEIGHT * (elapsedMs - mean);
      count += 1;
      if (count < ENOUGH) return false;
      // The best one ages slowly, so that a target that became slower for good is measured by itself again.
      best = Math.min(best * (1 + 1 / MEMORY), mean);
      const isSlow = mean > SLOW_MS && mean > SLOW_RATIO * best;
      if (isSlow) [count, best] = [0, best * (1 + 1 / ENOUGH)];
      return isSlow;
    },
    mean: () => mean,
  };
}
