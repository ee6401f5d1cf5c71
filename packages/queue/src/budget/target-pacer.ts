import type { NoPermit, RequestOutcome, RequestPermit } from "@picket/core";
import { createOutcomeNotes, type Outcomes } from "./outcome-notes.ts";
import { createSlotLease } from "./slot-lease.ts";
import { type Counted, createWaitingLine, type PacedScan, type Uncounted } from "./waiting-line.ts";

/** What a process holds of a target's budget, what it tells and what it asks for. Times are from now. */
export interface PaceStep extends Outcomes {
  rps: number;
  concurrency: number;
  seatsHeld: number;
  seatsWanted: number;
  slotsWanted: number;
  /** Until the end of the last slot held, ms. */
  aheadMs: number;
  /** What an answer takes, ms. */
  tripMs: number;
  /** Share of the full rate, as far as known; 0 before the first step. */
  factor: number;
  scans: Uncounted[];
}

export interface PaceReply {
  /** `full`: no seat is free. `halted`: the target asked to be left alone. `open`: it does not answer. */
  state: "ok" | "full" | "halted" | "open" | "unreachable";
  /** Until the first slot; without one, until it is worth asking again, ms. */
  waitMs: number;
  slots: number;
  intervalMs: number;
  seats: number;
  /** Other processes wait for a seat. */
  isContended: boolean;
  factor: number;
  scans: Counted[];
}

export interface TargetPacer {
  acquire(scan: PacedScan, signal: AbortSignal): Promise<RequestPermit | NoPermit>;
  /** Every `acquire` of the scan that waits is `cancelled`. */
  stopScan(scanId: string): void;
  /** Gives up the slots it holds: the target must not be asked now. */
  keepOff(): void;
  close(): void;
}

export interface PacerParts {
  /** Takes a step. Waits for as long as Redis is away. */
  step(step: PaceStep): Promise<PaceReply>;
  /** Told when a step fails; it is taken again. */
  onError(error: unknown): void;
  /** What is held is restated so often, ms. */
  renewMs: number;
}

/** Seats that are not used for so long are given back, ms. */
const IDLE_MS = 100;
const RETRY_MS = 100;
/** Once all slots are used, what is asked for within so much time after a step is asked for together, ms. */
const GATHER_MS = 5;
const MUST_NOT_BE_ASKED: ReadonlySet<PaceReply["state"]> = new Set(["halted", "open", "unreachable"]);

/**
 * One process' side of a target's budget. Requests of all its scans wait in one line for a slot to be sent in and a
 * seat to be in flight on; both are leased a few at a time, one step at a time.
 */
export function createTargetPacer({ step, onError, renewMs }: PacerParts): TargetPacer {
  const line = createWaitingLine(() => proceed());
  const notes = createOutcomeNotes();
  let limits = { rps: 1, concurrency: 1 };
  const slots = createSlotLease(() => limits.rps);
  let [seats, inFlight, factor] = [0, 0, 0];
  let [isContended, isStepping, isClosed] = [false, false, false];
  /** Seats that came free while others wait for one. */
  let surrendered = 0;
  let [askAgainAt, retryAt, steppedAt] = [0, 0, 0];
  let timer: NodeJS.Timeout | undefined;
  let wakesAt = 0;

  function permit(): RequestPermit {
    inFlight += 1;
    let isReleased = false;
    return {
      release(outcome: RequestOutcome) {
        if (isReleased) return;
        isReleased = true;
        inFlight -= 1;
        if (isContended) surrendered += 1;
        if (notes.add(outcome)) slots.drop();
        proceed();
      },
    };
  }

  /** Lets requests go whose slot has come; tells how long until the next one comes, null when nothing can go then. */
  function dispatch(now: number): number | null {
    for (;;) {
      const next = slots.next(now);
      if (next === null || line.length() === 0 || inFlight >= seats) return null;
      if (next !== "now") return next;
      if (!line.admit(permit)) return null;
      slots.use();
    }
  }

  const seatsWanted = () => Math.max(0, Math.min(limits.concurrency, inFlight + line.length()) - seats);

  /** Requests that wait uncounted while the slots held suffice are counted together, with the next lease. */
  function lacksSomething(now: number): boolean {
    const waiting = line.length();
    const counted = line.countedLength();
    const lacksCounted = counted < waiting && counted < slots.held();
    return slots.wanted(waiting, now) > 0 || (waiting > 0 && seats === 0) || lacksCounted;
  }

  /** Milliseconds until a step is due; null when none is. */
  function stepDueIn(now: number): number | null {
    const due: (number | null)[] = [seats > 0 ? steppedAt + renewMs - now : null];
    if (notes.isUrgent() || surrendered > 0) due.push(0);
    const gatherUntil = slots.held() === 0 ? steppedAt + GATHER_MS : 0;
    if (lacksSomething(now)) due.push(Math.max(askAgainAt, gatherUntil) - now);
    else if (line.length() > 0) due.push(slots.lowIn(now));
    else if (seats > inFlight) due.push(isContended ? 0 : steppedAt + IDLE_MS - now);
    const soonest = Math.min(...due.filter((ms) => ms !== null));
    return soonest === Number.POSITIVE_INFINITY ? null : Math.max(0, soonest, retryAt - now);
  }

  /** Does what can be done now, and comes back when there is more. */
  function proceed(): void {
    if (isClosed) return;
    const now = performance.now();
    const slotIn = dispatch(now);
    const stepIn = isStepping ? null : stepDueIn(now);
    if (stepIn === 0) takeStep();
    const waits = [slotIn, stepIn].map((ms) => ms ?? 0).filter((ms) => ms > 0);
    if (waits.length > 0) wakeIn(Math.ceil(Math.max(1, Math.min(...waits))), now);
  }

  /** A timer that is due earlier stays: whenever one fires, everything is looked at anew. */
  function wakeIn(ms: number, now: number): void {
    if (timer && wakesAt <= now + ms) return;
    clearTimeout(timer);
    wakesAt = now + ms;
    timer = setTimeout(() => {
      timer = undefined;
      proceed();
    }, ms);
  }

  function nextStep(now: number): PaceStep {
    seats = line.length() === 0 ? inFlight : Math.max(inFlight, seats - surrendered);
    surrendered = 0;
    return {
      ...limits,
      ...notes.take(),
      seatsHeld: seats,
      seatsWanted: seatsWanted(),
      slotsWanted: slots.wanted(line.length(), now),
      aheadMs: slots.aheadMs(now),
      tripMs: notes.tripMs(),
      factor,
      scans: line.uncounted(),
    };
  }

  function takeStep(): void {
    isStepping = true;
    const asked = performance.now();
    const told = nextStep(asked);
    step(told)
      .then((reply) => apply(told, reply, asked))
      .catch((error: unknown) => {
        notes.putBack(told);
        retryAt = performance.now() + RETRY_MS;
        onError(error);
      })
      .finally(() => {
        steppedAt = performance.now();
        isStepping = false;
        proceed();
      });
  }

  function apply(told: PaceStep, reply: PaceReply, asked: number): void {
    const now = performance.now();
    seats += reply.seats;
    ({ factor, isContended } = reply);
    if (MUST_NOT_BE_ASKED.has(reply.state)) slots.drop();
    askAgainAt = reply.slots > 0 ? 0 : now + reply.waitMs;
    slots.add({ count: reply.slots, waitMs: reply.waitMs, intervalMs: reply.intervalMs, asked, now });
    told.scans.forEach(({ scan }, index) => {
      const counted = reply.scans[index];
      if (counted) line.count(scan, counted);
    });
    if (reply.state === "unreachable") line.refuse("unreachable");
  }

  return {
    async acquire(scan, signal) {
      if (signal.aborted || isClosed) return "cancelled";
      limits = { rps: scan.rps, concurrency: scan.concurrency };
      const turn = line.join(scan, signal);
      proceed();
      return await turn;
    },
    stopScan(scanId) {
      line.refuse("cancelled", scanId);
    },
    keepOff() {
      slots.drop();
      proceed();
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      line.refuse("cancelled");
    },
  };
}
