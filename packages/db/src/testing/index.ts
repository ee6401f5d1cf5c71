export { releaseSeed, type SeededTarget, seedTarget, type TargetSeed } from "./seed.ts";
export { seedAttempt, seedScan } from "./seed-scan.ts";
