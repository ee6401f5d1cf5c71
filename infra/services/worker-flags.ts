/**
 * Flags of Node for a worker's process; the image's command names them too. A worker makes much that is garbage at once:
 * three semi-spaces as large as V8 would let them grow (16 MB) cost 40 MB idle and 70 MB at their peak
 * (infra/bench/hostile-targets.ts). With 4 MB, findings are taken in within 5 % as fast (infra/bench/sustained.ts).
 */
export const WORKER_FLAGS: readonly string[] = ["--max-semi-space-size=4"];
