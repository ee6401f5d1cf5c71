import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 10;

/** What requests a target in this process may have counted in a second. */
export interface RateWatch {
  /**
   * The most that may have arrived in any second at a rate that was kept. A busy machine delivers late what was sent in
   * time, here and at the workers, so the rate's share of the longest such delay comes on top, twice: some 0 when it is
   * idle.
   */
  bar(rps: number): number;
  end(): void;
}

export function watchRate(): RateWatch {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return {
    bar(rps) {
      const lateMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
      return rps + 1 + Math.floor((2 * rps * lateMs) / 1_000);
    },
    end: () => delay.disable(),
  };
}
