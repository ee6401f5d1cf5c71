import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/**
 * Preloaded into a process under measurement (`--import`): at SIGUSR2 it writes a `ProbeReading` to `LOOP_PROBE_FILE`
 * and begins anew.
 */
export interface ProbeReading {
  pid: number;
  /** How much later than asked a timer of 10 ms fired, ms. */
  p50: number;
  p99: number;
  max: number;
  rssMb: number;
  /** Most since the process began. */
  peakRssMb: number;
}

const RESOLUTION_MS = 10;

const file = process.env.LOOP_PROBE_FILE;
if (isMainThread && file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const lateness = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 1e6 - RESOLUTION_MS));
  const write = () => {
    const reading: ProbeReading = {
      pid: process.pid,
      p50: lateness(delay.percentile(50)),
      p99: lateness(delay.percentile(99)),
      max: lateness(delay.max),
      rssMb: Math.round(process.memoryUsage().rss / 2 ** 20),
      peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
    };
    writeFileSync(file, JSON.stringify(reading));
    delay.reset();
  };
  process.on("SIGUSR2", write);
  write();
}
