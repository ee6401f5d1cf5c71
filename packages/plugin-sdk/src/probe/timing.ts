import type { HttpResult } from "@picket/core";
import { type Answer, answerOf } from "./answer.ts";
import { shuffled } from "./random.ts";

/** Makes the value that asks for a delay of so many whole seconds. */
export type Delaying = (seconds: number) => string;

export interface TimingProbe {
  /** Sends a value, with how long to wait for its answer and how long it asks the target to wait, whole numbers. */
  send(value: string, times: { timeoutMs: number; askedDelayMs: number }): Promise<HttpResult>;
  /** Asks for the delay. */
  delaying: Delaying;
  /** Names the same delay in a way that cannot run, such as within a string. */
  inert: Delaying;
  /** Aborted: no further request is made. */
  signal: AbortSignal;
}

export interface TimedShot {
  readonly sent: string;
  /** Seconds that were asked for; 0: none. */
  readonly asked: number;
  readonly elapsedMs: number;
  readonly role: "delay" | "control";
  readonly answer: Answer;
}

export interface TimingProof {
  readonly shots: readonly TimedShot[];
  /** How often the delay was served for each request: a whole number, nearly. */
  readonly slope: number;
  /** Correlation of the time that it took with the delay that was asked for (Pearson's r). */
  readonly correlation: number;
}

/** Seconds asked for by the first request; if it does not take so long, nothing more is asked. */
const FIRST_SECONDS = 3;

/** Delays of the series, in random order: 8 s in all, and two without any between them. */
const SERIES = [0, 1, 2, 4, 0, 1] as const;

/** A target whose plain answers vary by more than this cannot be measured by delays of seconds, ms. */
const MAX_NOISE_MS = 900;

/** Plain answers that took longer leave no time for a delay, ms. */
const MAX_BASE_MS = 8_000;

const MIN_CORRELATION = 0.98;

/**
 * Answers that come too late are asked for again so often in all: a delay that runs beside, such as another probe's in the
 * same session, holds them up. None that comes too early is.
 */
const MAX_LATE = 2;

/** A query that runs twice delays twice; beyond this the target would be asked to sleep for too long. */
const MAX_REPEATS = 4;
const SLOPE_TOLERANCE = 0.15;

interface Point {
  readonly asked: number;
  readonly elapsedMs: number;
}

/** Slope in seconds per second and Pearson's r of answer time against delay. */
export function regressionOf(points: readonly Point[]): { slope: number; correlation: number } {
  const mean = (pick: (point: Point) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const x = mean(({ asked }) => asked);
  const y = mean(({ elapsedMs }) => elapsedMs / 1_000);
  const product = mean(({ asked, elapsedMs }) => (asked - x) * (elapsedMs / 1_000 - y));
  const spreadX = mean(({ asked }) => (asked - x) ** 2);
  const spreadY = mean(({ elapsedMs }) => (elapsedMs / 1_000 - y) ** 2);
  const correlation = spreadX * spreadY === 0 ? 0 : product / Math.sqrt(spreadX * spreadY);
  return { slope: spreadX === 0 ? 0 : product / spreadX, correlation };
}

function isWholeSlope(slope: number): boolean {
  const times = Math.round(slope);
  return times >= 1 && times <= MAX_REPEATS && Math.abs(slope - times) <= SLOPE_TOLERANCE * times;
}

/** No answer may come before the delay is over. */
function isServed({ asked, elapsedMs }: Point, baseMs: number): boolean {
  return elapsedMs >= asked * 1_000 * 0.97 + Math.min(baseMs, 50) * 0.5;
}

/** Answer times of plain requests, ms. */
export interface SteadyBase {
  readonly fastest: number;
  readonly slowest: number;
}

/**
 * Answer times of plain requests that were made before, ms; null when they vary too much, or take too long, to tell a
 * delay from the weather. Of three or more the slowest is left out: the first answer of a page is often late.
 */
export function steadyBase(samples: readonly number[]): SteadyBase | null {
  const sorted = [...samples].sort((a, b) => a - b);
  const kept = sorted.slice(0, samples.length > 2 ? -1 : undefined);
  const [fastest = 0, slowest = fastest] = [kept[0], kept.at(-1)];
  if (samples.length < 2 || slowest > MAX_BASE_MS || slowest - fastest > MAX_NOISE_MS) return null;
  return { fastest, slowest };
}

/**
 * Whether a value makes the target wait for as long as it asks. One request asks for 3 s; only when it takes that long,
 * a series in random order follows, with delays of 0 in it, and a control that names the longest delay where it cannot
 * run. Null unless the answer times lie on a line of whole slope with r ≥ 0.98, none is early, and the control was
 * answered as fast as a plain request. At most 10 requests and, on a target that does wait, 11 s for each repetition.
 */
export async function proveDelay(
  probe: TimingProbe,
  baseSamples: readonly number[],
): Promise<TimingProof | null> {
  const base = steadyBase(baseSamples);
  return base && measure(probe, base);
}

async function measure(probe: TimingProbe, base: SteadyBase): Promise<TimingProof | null> {
  const shots: TimedShot[] = [];
  let lateLeft = MAX_LATE;
  async function shoot(role: TimedShot["role"], asked: number): Promise<TimedShot | null> {
    if (probe.signal.aborted) return null;
    const sent = role === "delay" ? probe.delaying(asked) : probe.inert(asked);
    const patience = 10_000 + 2 * base.slowest + asked * 1_000 * MAX_REPEATS;
    const timeoutMs = Math.min(60_000, Math.ceil(patience));
    const askedDelayMs = role === "delay" ? Math.min(30_000, timesServed() * asked * 1_000) : 0;
    const result = await probe.send(sent, { timeoutMs, askedDelayMs });
    if (!result.ok) return null;
    return { role, asked, sent, elapsedMs: result.elapsedMs, answer: answerOf(result) };
  }
  const timesServed = () => Math.max(1, Math.round((shots[0]?.elapsedMs ?? 0) / 1_000 / FIRST_SECONDS));
  const latest = (asked: number) => base.slowest + MAX_NOISE_MS + timesServed() * asked * 1_000;
  async function shootAgainWhenLate(role: TimedShot["role"], asked: number): Promise<TimedShot | null> {
    const shot = await shoot(role, asked);
    const isLate = shot && shots.length > 0 && shot.elapsedMs > latest(role === "delay" ? asked : 0);
    if (!isLate || lateLeft === 0) return shot;
    lateLeft -= 1;
    return shootAgainWhenLate(role, asked);
  }
  const isFast = ({ elapsedMs }: Point) => elapsedMs <= base.slowest + MAX_NOISE_MS;
  const isRight = (shot: TimedShot) =>
    shot.role === "control" || shot.asked === 0 ? isFast(shot) : isServed(shot, base.fastest);
  const plan = [
    ["delay", FIRST_SECONDS],
    ["control", FIRST_SECONDS],
    ...shuffled(SERIES).map((seconds) => ["delay", seconds]),
  ] as [TimedShot["role"], number][];
  for (const [role, seconds] of plan) {
    const shot = await shootAgainWhenLate(role, seconds);
    if (!shot || !isRight(shot)) return null;
    shots.push(shot);
  }
  const { slope, correlation } = regressionOf(shots.filter(({ role }) => role === "delay"));
  return isWholeSlope(slope) && correlation >= MIN_CORRELATION ? { shots, slope, correlation } : null;
}
