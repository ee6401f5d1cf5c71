import { setTimeout as sleep } from "node:timers/promises";
import { mostIn, waitFor } from "@picket/testing";
import { atMost, type BenchRow, flags, positionals, runIfMain } from "./bench-row.ts";
import { type Fleet, loadOf, PROCESSES, startFleet } from "./budget-fleet.ts";
import {
  ableToServe,
  type DistressTarget,
  healthy,
  hung,
  leaveAloneUntil,
  startDistressTarget,
} from "./distress-target.ts";
import { machineNow } from "./machine-clock.ts";

/**
 * What a target in distress sees of four processes that send as much as its budget lets them, through the broker and
 * the pacer. P8: it can serve 200 requests a second, then 20, then 200 again. P9: it breaks off every connection, while
 * each refusal has the fleet begin a new scan; or it takes ten seconds for an answer, and another target is asked
 * meanwhile. Retry-After: it asks to be left alone, five times.
 *
 *     node infra/bench/distress.ts [capacity | dead | hung | retry-after, default all]
 */
const PARTS = { capacity: capacityRows, dead: deadRows, hung: hungRows, "retry-after": retryAfterRows };

/** Of a part, ms. */
const span = (ms: number) => (flags.quick ? ms / 4 : ms);
const inSeconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

/** Runs a fleet against the target for as long as `play` and a little more takes. */
async function onFleet(
  targets: readonly { target: DistressTarget; rps: number }[],
  forMs: number,
  play: (fleet: Fleet) => Promise<void>,
): Promise<void> {
  const fleet = await startFleet({ forMs, loads: targets.map(({ target, rps }) => loadOf(target.url, rps)) });
  const areAsked = () => targets.every(({ target }) => target.arrivals.length > 0);
  await waitFor(areAsked, { timeoutMs: 60_000, what: "the fleet's first requests" });
  await play(fleet);
  await fleet.done;
  for (const { target } of targets) target.close();
}

const times = ({ arrivals }: DistressTarget) => arrivals.map(({ at }) => at);

/** From `from` until three seconds in a row bring 90 % of the rate, ms; infinity when they never do. */
function timeToRecover(target: DistressTarget, rps: number, from: number): number {
  const arrivals = times(target);
  const starts = arrivals.filter((at) => at > from);
  const recovered = starts.find((at) => between(arrivals, at, at + 3_000).length >= 0.9 * rps * 3);
  return recovered === undefined ? Number.POSITIVE_INFINITY : recovered - from;
}

/** Those that come after `from` and not after `to`. */
function between(arrivals: readonly number[], from: number, to: number): number[] {
  return arrivals.filter((at) => at > from && at <= to);
}

/** Signs of distress after which more came in some second of the next five than in the one before (and 1 %, as in P1). */
function raisedBy(target: DistressTarget, sign: number): number {
  const arrivals = times(target);
  const signs = target.arrivals.filter(({ status }) => status === sign);
  const isRaised = ({ at }: { at: number }) =>
    mostIn(1_000, between(arrivals, at, at + 5_000)) > between(arrivals, at - 1_000, at).length * 1.01 + 1;
  return signs.filter(isRaised).length;
}

async function capacityRows(): Promise<BenchRow[]> {
  const [rps, fallen] = [200, 20];
  const [healthyMs, fallenMs, recoveryMs] = [span(8_000), span(40_000), span(65_000)];
  const target = await startDistressTarget();
  let [fellAt, roseAt] = [0, 0];
  target.behave(ableToServe(rps));
  await onFleet([{ target, rps }], healthyMs + fallenMs + recoveryMs, async () => {
    await sleep(healthyMs);
    fellAt = machineNow();
    target.behave(ableToServe(fallen));
    await sleep(fallenMs);
    roseAt = machineNow();
    target.behave(ableToServe(rps));
  });
  const adaptedAt = fellAt + span(10_000);
  const answers = (from: number, to: number, status: number) =>
    target.arrivals.filter((each) => each.status === status && each.at > from && each.at <= to).length;
  const [served, refused] = [answers(adaptedAt, roseAt, 200), answers(adaptedAt, roseAt, 503)];
  const used = (100 * served * 1_000) / (roseAt - adaptedAt) / fallen;
  return [
    atMost({
      id: "P8",
      what: `capacity ${rps} -> ${fallen} -> ${rps}/s, ${PROCESSES} processes: 503s from second 10 on`,
      figure: (100 * refused) / (served + refused),
      unit: " %",
      atMost: 5,
      against: `${answers(fellAt, adaptedAt, 503)} in the first 10 s; ${used.toFixed(0)} % of the capacity used`,
    }),
    atMost({
      id: "P8",
      what: "from its recovery to 90 % of the budget",
      figure: timeToRecover(target, rps, roseAt) / 1_000,
      unit: " s",
      atMost: 60,
    }),
    atMost({
      id: "P8",
      what: "503s after which it was asked faster",
      figure: raisedBy(target, 503),
      unit: "",
      atMost: 0,
      against: `of ${answers(0, Number.POSITIVE_INFINITY, 503)}`,
    }),
  ];
}

async function deadRows(): Promise<BenchRow[]> {
  const rps = 50;
  const [healthyMs, deadMs, recoveryMs] = [span(5_000), span(65_000), span(60_000)];
  const target = await startDistressTarget();
  let revivedAt = 0;
  const opened: number[] = [];
  await onFleet([{ target, rps }], healthyMs + deadMs + recoveryMs, async ({ notes }) => {
    await sleep(healthyMs);
    target.die();
    await sleep(deadMs);
    revivedAt = machineNow();
    target.revive();
    opened.push(...notes.filter(({ event }) => event === "opened").map(({ at }) => at));
  });
  const openedAt = opened[0] ?? Number.NaN;
  const since = between(target.connects, openedAt, revivedAt);
  const known = between(target.connects, openedAt, openedAt + span(5_000)).at(-1) ?? openedAt;
  const answered = times(target).find((at) => at > revivedAt) ?? Number.POSITIVE_INFINITY;
  const untilBudget = timeToRecover(target, rps, revivedAt);
  return [
    atMost({
      id: "P9",
      what: `dead host, breaker open, ${PROCESSES} processes: connects in any minute`,
      figure: mostIn(60_000, since),
      unit: "",
      atMost: 10,
      against: `${target.connects.length - since.length} before it opened`,
    }),
    atMost({
      id: "P9",
      what: "last connect of a process that did not know that it is open",
      figure: known - openedAt,
      unit: " ms",
      atMost: 1_000,
      against: `asked again ${inSeconds(answered - revivedAt)} after its return, 90 % of the budget after ${inSeconds(untilBudget)}`,
    }),
  ];
}

async function hungRows(): Promise<BenchRow[]> {
  const rps = 50;
  const [healthyMs, hungMs] = [span(5_000), span(40_000)];
  const [target, other] = [await startDistressTarget(), await startDistressTarget()];
  let [hungAt, endedAt] = [0, 0];
  const loads = [
    { target, rps },
    { target: other, rps },
  ];
  await onFleet(loads, healthyMs + hungMs + 1_000, async () => {
    await sleep(healthyMs);
    hungAt = machineNow();
    target.behave(hung);
    await sleep(hungMs);
    endedAt = machineNow();
  });
  const rate = (each: DistressTarget) =>
    (between(times(each), hungAt, endedAt).length * 1_000) / (endedAt - hungAt);
  const share = rate(other) / rps;
  return [
    {
      id: "P9",
      what: "budget that another target is asked with while a host hangs (answers after 10 s)",
      figure: share.toFixed(3),
      against: `the one that hangs ${(rate(target) / rps).toFixed(3)}`,
      ratio: "",
      bar: ">= 0.95",
      met: share >= 0.95,
    },
  ];
}

interface Rest {
  /** From the first 429 to the last request until then, ms. */
  lastAfterMs: number;
  /** How much longer than it asked for nothing came, ms. */
  longerMs: number;
}

async function restOnce(target: DistressTarget, restMs: number): Promise<Rest> {
  const isFirst = target.arrivals.length;
  // Seconds are whole: the first that comes is told the time in full.
  let until = Number.POSITIVE_INFINITY;
  target.behave((at) => {
    until = Math.min(until, at + restMs);
    return leaveAloneUntil(until)(at);
  });
  await sleep(restMs + span(4_000));
  target.behave(healthy);
  const start = until - restMs;
  const since = target.arrivals.slice(isFirst).map(({ at }) => at);
  return {
    lastAfterMs: Math.max(0, ...between(since, start, until).map((at) => at - start)),
    longerMs: (since.find((at) => at > until) ?? Number.POSITIVE_INFINITY) - until,
  };
}

async function retryAfterRows(): Promise<BenchRow[]> {
  const [rps, rests, restMs] = [200, flags.quick ? 2 : 5, 4_000];
  const target = await startDistressTarget();
  const seen: Rest[] = [];
  const forMs = span(3_000) + rests * (restMs + span(4_000)) + 1_000;
  await onFleet([{ target, rps }], forMs, async () => {
    await sleep(span(3_000));
    for (let count = 0; count < rests; count += 1) seen.push(await restOnce(target, restMs));
  });
  const refused = target.arrivals.filter(({ status }) => status === 429).length;
  return [
    atMost({
      id: "Retry-After",
      what: `429, Retry-After ${restMs / 1_000} s, ${rests} times, ${PROCESSES} processes: last request until then`,
      figure: Math.max(...seen.map(({ lastAfterMs }) => lastAfterMs)),
      unit: " ms",
      atMost: 1_000,
      against: `${refused} in all; asked again ${Math.max(...seen.map(({ longerMs }) => longerMs)).toFixed(0)} ms after it at the latest`,
    }),
  ];
}

async function distressRows(): Promise<BenchRow[]> {
  const parts = Object.entries(PARTS).filter(([name]) => (positionals[0] ?? name) === name);
  const rows: BenchRow[] = [];
  for (const [, measure] of parts) rows.push(...(await measure()));
  return rows;
}

await runIfMain(import.meta.url, distressRows);
