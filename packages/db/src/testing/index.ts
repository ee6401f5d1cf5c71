export { releaseSeed, type SeededTarget, seedTarget, type TargetSeed } from "./seed.ts";
