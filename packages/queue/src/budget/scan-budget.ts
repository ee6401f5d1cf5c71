import { setTimeout as sleep } from "node:timers/promises";
import { type RequestBudget, uuidv7 } from "@picket/core";
import { createTurnstile, unlessAborted } from "./turnstile.ts";

/** What came of asking for a slot. */
export interface Reservation {
  outcome: "granted" | "full" | "exhausted" | "stopped";
  /** Until the slot, ms. */
  waitMs: number;
}

/** When a granted slot comes and until when it may be used, as `performance.now()`. */
interface Slot extends Reservation {
  earliest: number;
  latest: number;
}

export interface ScanBudgetParts {
  /** Time between two slots, ms. */
  intervalMs: number;
  /** Asks for the next slot under this lease; again, when the last one was missed. */
  reserve(lease: string): Promise<Reservation>;
  /** Keeps a granted lease alive until it is freed. */
  hold(lease: string): void;
  /** Also for a lease that may have been granted or not. */
  free(lease: string): void;
}

/** How often a target that is full is asked again, ms. A permit that comes back here is seen at once. */
const FULL_POLL_MS = 25;
/** A slot that is missed by more is given up for another: a process that stalled would send several at once. */
const MAX_LATE_MS = 8;

/** Permits are asked for one at a time, so that those who wait do not all ask a full target again and again. */
export function createScanBudget({ intervalMs, reserve, hold, free }: ScanBudgetParts): RequestBudget {
  const turnstile = createTurnstile();
  const maxLateMs = Math.max(MAX_LATE_MS, intervalMs / 2);
  let freed = Promise.withResolvers<void>();

  async function ask(lease: string): Promise<Slot> {
    const asked = performance.now();
    const reservation = await reserve(lease);
    const { waitMs } = reservation;
    // Redis counted the wait from a moment between asking and now: wait from the later, be late by the earlier.
    return { ...reservation, earliest: performance.now() + waitMs, latest: asked + waitMs + maxLateMs };
  }

  async function enter(lease: string, signal: AbortSignal): Promise<Slot | null> {
    const leave = await turnstile.enter(signal);
    if (!leave) return null;
    try {
      while (!signal.aborted) {
        const reservation = await unlessAborted(ask(lease), signal);
        if (reservation?.outcome !== "full") return reservation;
        await Promise.race([freed.promise, unlessAborted(sleep(FULL_POLL_MS), signal)]);
      }
      return null;
    } finally {
      leave();
    }
  }

  function giveBack(lease: string): void {
    free(lease);
    freed.resolve();
    freed = Promise.withResolvers();
  }

  /** True once the slot has come; false when it was missed. */
  async function awaitSlot({ earliest, latest }: Slot, signal: AbortSignal): Promise<boolean> {
    const waitMs = Math.ceil(earliest - performance.now());
    if (waitMs > 0) await unlessAborted(sleep(waitMs), signal);
    return performance.now() <= latest;
  }

  return {
    async acquire(signal) {
      const lease = uuidv7();
      let slot = await enter(lease, signal);
      if (slot?.outcome === "granted") hold(lease);
      while (slot?.outcome === "granted" && !signal.aborted) {
        const isInTime = await awaitSlot(slot, signal);
        if (isInTime && !signal.aborted) return { release: async () => giveBack(lease) };
        slot = await unlessAborted(ask(lease), signal);
      }
      giveBack(lease);
      return slot?.outcome === "exhausted" ? "exhausted" : "cancelled";
    },
  };
}
