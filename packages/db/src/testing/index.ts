export { batchOf, endpointAt, exchange, proof, sighting } from "./result-builders.ts";
export { releaseSeed, type SeededTarget, seedTarget, type TargetSeed } from "./seed.ts";
export { planSeed, seedAttempt, seedEnd, seedScan } from "./seed-scan.ts";
