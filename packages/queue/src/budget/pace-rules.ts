/**
 * How a target's pace follows its state. Additive increase, multiplicative decrease: what signals distress halves the
 * rate, at most once in a second and a round trip; after a hold it climbs back, ever faster while nothing happens.
 * The figures are ours, measured against a target that falls from 200 to 20 requests a second (`infra/bench/distress.ts`).
 */
export const PACE_RULES = {
  decrease: 0.5,
  /** The rate never falls below it, requests per second. */
  leastRps: 0.5,
  /** Nothing is raised for so long after the last sign of distress, ms. */
  holdMs: 5_000,
  /** Share of the full rate that each clean second gives back; it doubles after each `cleanSeconds`. */
  increase: 0.01,
  mostIncrease: 0.05,
  cleanSeconds: 10,
  /** Outcomes that the circuit breaker looks at: it opens when more than half of them, or the last `inARow`, failed. */
  window: 20,
  inARow: 5,
  /** How long nothing is sent to a target that does not answer, ms; it doubles with each probe that fails. */
  openMs: 30_000,
  longestOpenMs: 300_000,
  /** A probe that nobody tells the end of is given up, ms. */
  probeMs: 30_000,
  /** A scan that is new may probe at once, if the last probe is so old, ms. */
  newScanProbeMs: 10_000,
  /** Slots that one call gives lie within so much time, ms. */
  horizonMs: 250,
  /** A slot further away than this and the time between two is not given, ms: a stop would have to wait for it. */
  mostAheadMs: 1_000,
  /** How often a target whose seats are all taken is asked again, ms. */
  fullPollMs: 25,
  /** How long a target's pace is remembered without requests, ms. */
  memoryMs: 900_000,
};

export type PaceRules = typeof PACE_RULES;
