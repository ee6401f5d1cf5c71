/**
 * Flags of Node for a worker's process; the image's command names them too. A worker makes much that is garbage at once:
 * three semi-spaces as large as V8 would let them grow (16 MB) cost 40 MB idle and 70 MB at their peak
 * (infra/bench/hostile-targets.ts). With 4 MB, findings are taken in within 5 % as fast (infra/bench/sustained.ts).
 *
 * What it holds is the same whatever a scan reports; left alone, V8 lets garbage grow to three times that before it
 * collects, so that a scan of 100,000 endpoints took 150 MB more than one of 1,000 (infra/bench/endpoints-memory.ts). Here
 * it collects when three tenths have come on top: some 10 ms each second of such a scan.
 */
export const WORKER_FLAGS: readonly string[] = ["--max-semi-space-size=4", "--heap-growing-percent=30"];
