/** When a slot comes and until when it may be used, as `performance.now()`. */
interface Slot {
  earliest: number;
  latest: number;
}

export interface GrantedSlots {
  count: number;
  /** From the reply until the first one, ms. */
  waitMs: number;
  intervalMs: number;
  /** When they were asked for and when the reply came. */
  asked: number;
  now: number;
}

/** The slots a process holds, a few at a time: one call to Redis serves several requests. */
export interface SlotLease {
  add(granted: GrantedSlots): void;
  /** The slot to use at `now`, or how long until there is one; null when none is held. Those nobody used are gone. */
  next(now: number): "now" | number | null;
  use(): void;
  held(): number;
  drop(): void;
  /** How many to ask for; 0 while a fuller lease may come together until those held are used. */
  wanted(waiting: number, now: number): number;
  /** Until it is time to ask for more, ms; null when none are held. */
  lowIn(now: number): number | null;
  /** Until the end of the last one, ms. */
  aheadMs(now: number): number;
}

/**
 * A slot that is missed by more is given up for another: a process that stalled would send several at once. Slots are
 * paced 3 % below the rate, so 30 ms late is what a second's window holds; a third of it is the network's.
 */
const MAX_LATE_MS = 20;
/** Slots of one lease; at rates where it is more, those of `LEASE_SPAN_MS`. */
const LEASE_SLOTS = 5;
const LEASE_SPAN_MS = 20;
/** How long before its last slot a process asks for more, at least, ms; twice what a call takes. */
const LEAD_MS = 15;
const CALL_WEIGHT = 0.2;
/** Leases used in full before one slot is asked for that no request waits for yet … */
const STEADY_LEASES = 3;
/** … and after a slot passed unused. */
const CAUTIOUS_LEASES = 20;

export function createSlotLease(rps: () => number): SlotLease {
  let slots: Slot[] = [];
  let intervalMs = 0;
  let leasesToSteady = STEADY_LEASES;
  let extra = 0;
  let callMs = 0;
  const leadMs = () => Math.max(LEAD_MS, 2 * callMs);
  const most = () => Math.max(LEASE_SLOTS, Math.ceil((LEASE_SPAN_MS / 1_000) * rps()));

  function missed(): void {
    slots.shift();
    [leasesToSteady, extra] = [CAUTIOUS_LEASES, 0];
  }

  return {
    add({ count, waitMs, intervalMs: interval, asked, now }) {
      callMs += CALL_WEIGHT * (now - asked - callMs);
      if (count === 0) return;
      intervalMs = interval;
      const maxLateMs = Math.max(MAX_LATE_MS, interval / 2);
      for (let index = 0; index < count; index += 1) {
        const wait = waitMs + index * interval;
        // Redis counted the wait from a moment between asking and now: wait from the later, be late by the earlier.
        slots.push({ earliest: now + wait, latest: asked + wait + maxLateMs });
      }
      leasesToSteady -= 1;
      if (leasesToSteady > 0) return;
      [leasesToSteady, extra] = [STEADY_LEASES, Math.min(extra + 1, most())];
    },
    next(now) {
      while (slots[0] && slots[0].latest < now) missed();
      const [slot] = slots;
      if (!slot) return null;
      return slot.earliest <= now ? "now" : slot.earliest - now;
    },
    use() {
      slots.shift();
    },
    held: () => slots.length,
    drop() {
      slots = [];
    },
    wanted(waiting, now) {
      if (waiting === 0) return 0;
      const wanted = Math.min(most(), waiting + extra) - slots.length;
      const last = slots.at(-1);
      const canWait = last !== undefined && last.earliest - now > leadMs() && wanted < most();
      return canWait ? 0 : Math.max(0, wanted);
    },
    lowIn(now) {
      const last = slots.at(-1);
      return last ? Math.max(0, last.earliest - leadMs() - now) : null;
    },
    aheadMs(now) {
      const last = slots.at(-1);
      return last ? Math.max(0, last.earliest + intervalMs - now) : 0;
    },
  };
}
