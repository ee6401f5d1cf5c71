/** The most of the given moments, ms in ascending order, that lie within any stretch of so many milliseconds. */
export function mostIn(ms: number, moments: readonly number[]): number {
  let [from, most] = [0, 0];
  moments.forEach((at, index) => {
    while (at - (moments[from] ?? at) >= ms) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}
