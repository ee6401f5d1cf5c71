import { randomUUID } from "node:crypto";
import type { Distress, PaceEvent, RequestBudget } from "@picket/core";
import type { Redis } from "ioredis";
import { connect, type QueueConnection, quiet } from "../redis.ts";
import { createBudgetNews } from "./budget-news.ts";
import { PACE_RULES } from "./pace-rules.ts";
import { paceScript } from "./pace-script.ts";
import { publishStops, stopKey } from "./scan-stop.ts";
import { createTargetPacer, type PaceReply, type PaceStep, type TargetPacer } from "./target-pacer.ts";

export interface ScanBudget {
  targetId: string;
  scanId: string;
  /** Requests per second to the target, over all workers, scans and plugins. */
  rps: number;
  /** Requests in flight to the target at the same time, over all of them. */
  concurrency: number;
  /** Requests that the scan may make in all. */
  maxRequests: number;
  /** Requests of the scan that are recorded already: it stands in for what an emptied Redis forgot. Default 0. */
  usedRequests?: number;
}

export interface PaceChange {
  targetId: string;
  event: PaceEvent;
  /** What made the target be asked more slowly; null where nothing did. */
  distress: Distress | null;
  /** The rate from now on, requests per second. */
  rps: number;
  /** How long nothing is sent at all, ms. */
  pauseMs: number;
}

/** Budgets of targets, shared through Redis by every process that uses the same prefix. */
export interface TargetBudgets {
  /** The budget as one module run sees it. While Redis is away, `acquire` waits: nothing is sent without leave. */
  forScan(scan: ScanBudget): RequestBudget;
  /** At once, every `acquire` for the scan is `cancelled`, in all processes. */
  stopScan(scanId: string): void;
  close(): void;
}

/** Slots are this much slower than the rate allows: timers and networks squeeze some of them together. */
const PACE = 0.97;
/** Time for three restatements to be late before what a silent process holds is forgotten. */
const LEASE_MS = 8_000;
/** What is granted before one of them must not be used any more. */
const STOPS: ReadonlySet<PaceEvent> = new Set(["halted", "opened"]);

export interface TargetBudgetsOptions extends QueueConnection {
  /** How long the requests in flight of a process that died count on, ms. Default 8_000. */
  leaseMs?: number;
  /** How long nothing is sent to a target that does not answer, ms; each probe that fails doubles it. Default 30_000. */
  breakerOpenMs?: number;
  /** Told by the one process that brought the change about. */
  onPaceChange?: (change: PaceChange) => void;
  /** Told of a scan that any process stopped. */
  onScanStopped?: (scanId: string) => void;
}

type PaceCommand = (...args: (string | number)[]) => Promise<(string | number)[]>;

export function createTargetBudgets(options: TargetBudgetsOptions): TargetBudgets {
  const { redisUrl, prefix, leaseMs = LEASE_MS, breakerOpenMs = PACE_RULES.openMs } = options;
  const onConnectionError = quiet(options.onConnectionError);
  const redis = connect({ redisUrl, onConnectionError }, { maxRetriesPerRequest: null });
  const pace = definePace(redis, breakerOpenMs);
  const processId = randomUUID();
  const pacers = new Map<string, TargetPacer>();
  const news = createBudgetNews({
    redis,
    prefix,
    onConnectionError,
    onStop(scanId) {
      for (const pacer of pacers.values()) pacer.stopScan(scanId);
      options.onScanStopped?.(scanId);
    },
    onHalt: (targetId) => pacers.get(targetId)?.keepOff(),
  });

  async function step(targetId: string, told: PaceStep): Promise<PaceReply> {
    const keys = keysOf(prefix, targetId, told);
    const reply = replyOf(await pace(keys.length, ...keys, processId, ...argumentsOf(told, leaseMs)));
    if (reply.events.some((event) => STOPS.has(event))) news.halt(targetId);
    for (const event of reply.events) {
      const pauseMs = STOPS.has(event) ? reply.waitMs : 0;
      options.onPaceChange?.({
        targetId,
        event,
        distress: told.distress,
        rps: told.rps * reply.factor,
        pauseMs,
      });
    }
    return reply;
  }

  function pacerOf(targetId: string): TargetPacer {
    const existing = pacers.get(targetId);
    if (existing) return existing;
    const pacer = createTargetPacer({
      step: (told) => step(targetId, told),
      onError: (error) => onConnectionError(error as Error),
      renewMs: leaseMs / 4,
    });
    pacers.set(targetId, pacer);
    return pacer;
  }

  return {
    forScan({ targetId, usedRequests = 0, ...scan }) {
      const paced = { ...scan, made: usedRequests };
      return { acquire: (signal) => pacerOf(targetId).acquire(paced, signal) };
    },
    stopScan(scanId) {
      publishStops(redis, prefix, [scanId]).catch(onConnectionError);
    },
    close() {
      for (const pacer of pacers.values()) pacer.close();
      news.close();
      redis.disconnect();
    },
  };
}

function definePace(redis: Redis, openMs: number): PaceCommand {
  redis.defineCommand("pace", { lua: paceScript({ ...PACE_RULES, openMs }) });
  const { pace } = redis as Redis & { pace: PaceCommand };
  return pace.bind(redis);
}

function keysOf(prefix: string, targetId: string, { scans }: PaceStep): string[] {
  const target = `${prefix}:budget:target:${targetId}`;
  const ofScans = scans.flatMap(({ scan: { scanId } }) => [
    `${prefix}:budget:scan:${scanId}:requests`,
    stopKey(prefix, scanId),
  ]);
  return [`${target}:pace`, `${target}:seats`, `${target}:workers`, `${target}:waiting`, ...ofScans];
}

const microseconds = (ms: number) => Math.ceil(ms * 1_000);

function argumentsOf(told: PaceStep, leaseMs: number): (string | number)[] {
  return [
    microseconds(1_000 / (told.rps * PACE)),
    told.concurrency,
    leaseMs,
    told.seatsHeld,
    told.seatsWanted,
    told.slotsWanted,
    microseconds(told.aheadMs),
    told.marks,
    told.distress ?? "",
    Math.ceil(told.keepOffMs),
    Math.ceil(told.tripMs),
    told.factor,
    ...told.scans.flatMap(({ scan, wanted }) => [wanted, scan.maxRequests, scan.made]),
  ];
}

function replyOf(reply: (string | number)[]): PaceReply & { events: PaceEvent[] } {
  const [state, waitUs, slots, intervalUs, seats, contended, factor, events, ...scans] = reply;
  return {
    state: state as PaceReply["state"],
    waitMs: Number(waitUs) / 1_000,
    slots: Number(slots),
    intervalMs: Number(intervalUs) / 1_000,
    seats: Number(seats),
    isContended: contended === 1,
    factor: Number(factor) / 1e6,
    events: String(events).split(",").filter(Boolean) as PaceEvent[],
    scans: Array.from({ length: scans.length / 3 }, (_, index) => {
      const [stopped, granted, made] = scans.slice(index * 3, index * 3 + 3).map(Number);
      return { isStopped: stopped === 1, granted: granted ?? 0, made: made ?? 0 };
    }),
  };
}
