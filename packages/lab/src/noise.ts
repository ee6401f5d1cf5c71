/** Numbers and tokens that differ from request to request, but not from one start of the lab to the next. */
export interface Noise {
  /** Uniform in [0, 1). */
  next(): number;
  /** Lower-case hex digits, as a CSRF token or a request id has them. */
  token(length: number): string;
}

/** Mulberry32: 32 bits of state are plenty for noise, and the sequence is the same on every machine. */
export function createNoise(seed: number): Noise {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const token = (length: number) =>
    Array.from({ length }, () => Math.floor(next() * 16).toString(16)).join("");
  return { next, token };
}
