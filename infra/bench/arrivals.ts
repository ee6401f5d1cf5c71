/** Milliseconds of the clock that all processes of this machine share and nobody sets. */
export function machineNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Those that come after `from` and not after `to`. */
export function between(arrivals: readonly number[], from: number, to: number): number[] {
  return arrivals.filter((at) => at > from && at <= to);
}

/** The most that come in any stretch of so many milliseconds. They are in order. */
export function mostIn(ms: number, arrivals: readonly number[]): number {
  let [from, most] = [0, 0];
  arrivals.forEach((at, index) => {
    while (at - (arrivals[from] ?? at) >= ms) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}
