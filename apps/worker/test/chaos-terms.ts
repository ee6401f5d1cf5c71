import { appendFile } from "node:fs/promises";

export interface ChaosTerms {
  /** Rounds, runs or minutes: a few, unless infra/chaos/run.ts asks for more. */
  amount: number;
  /** Whether it is the long form. */
  isLong: boolean;
  seed: number;
  /** From 0 to 1, always the same for a seed. */
  random(): number;
}

/** How much a chaos test does. Says a seed that it chose itself at once: a test that fails is run again with it. */
export function chaosTerms(short: number): ChaosTerms {
  const { PICKET_CHAOS_AMOUNT, PICKET_CHAOS_SEED } = process.env;
  const seed = Number(PICKET_CHAOS_SEED ?? Date.now() % 1_000_000);
  if (PICKET_CHAOS_SEED === undefined) process.stdout.write(`seed ${seed}\n`);
  return {
    amount: Number(PICKET_CHAOS_AMOUNT ?? short),
    isLong: PICKET_CHAOS_AMOUNT !== undefined,
    seed,
    random: randomOf(seed),
  };
}

/** https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Writes what was measured where infra/chaos/run.ts looks for it; a short form shows it. */
export async function reportChaos(figures: Record<string, unknown>): Promise<void> {
  const line = JSON.stringify(figures);
  const { PICKET_CHAOS_REPORT } = process.env;
  if (PICKET_CHAOS_REPORT === undefined) process.stdout.write(`${line}\n`);
  else await appendFile(PICKET_CHAOS_REPORT, `${line}\n`);
}

/** The `part`-th quantile, 0.5 for the median. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
