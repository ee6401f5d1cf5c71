import { z } from "zod";

/**
 * What became of the rate at which a target is asked. `halted`: it asked to be left alone. `opened`: it does not answer,
 * so nothing is sent but a probe now and then; `closed`: it answers again.
 */
export const PaceEvent = z.enum(["lowered", "raised", "halted", "opened", "closed"]);
export type PaceEvent = z.infer<typeof PaceEvent>;

/** What a target shows that is asked too fast, or that is not well. */
export const Distress = z.enum(["overloaded", "unreachable", "timed_out", "slow"]);
export type Distress = z.infer<typeof Distress>;

/** What its target's state did to a scan. */
export interface PaceFacts {
  /** Requests per second; null: the rate was never changed. */
  lowestRps: number | null;
  /** How often each event came. */
  events: Readonly<Partial<Record<PaceEvent, number>>>;
  /** In which nothing was sent, ms. */
  pausedMs: number;
}
