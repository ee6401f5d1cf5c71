import { z } from "zod";

interface JobDefinition<Schema extends z.ZodType = z.ZodType> {
  queue: QueueName;
  schema: Schema;
  /** Tries while the handler throws, the first included. */
  attempts: number;
  /** Pause before the second try, ms; it doubles each time, give or take a half. */
  backoffMs: number;
  /** Jobs of one id are one job while it is in Redis. No `:`, BullMQ keeps it to itself. Null: each job is its own. */
  jobId(payload: z.infer<Schema>): string | null;
  /** Ended jobs that stay in Redis for people to look at; they block their id. */
  keep: { completed: number; failed: number };
}

/** Each queue is one kind of capacity of a worker. */
export const QUEUES = ["scan", "module-run", "maintenance"] as const;
export type QueueName = (typeof QUEUES)[number];

function define<Schema extends z.ZodType>(definition: JobDefinition<Schema>): JobDefinition<Schema> {
  return definition;
}

/**
 * All jobs there are. A job is a wake-up: its payload names rows, the truth about them is in Postgres, and a lost or
 * doubled job changes nothing. The types of producers and handlers derive from this table.
 */
export const JOBS = {
  /** Something about the scan changed: start its next stage, or end it. */
  "advance-scan": define({
    queue: "scan",
    schema: z.strictObject({ scanId: z.uuid() }),
    attempts: 5,
    backoffMs: 500,
    // A wake-up that comes while another is being handled must not be dropped.
    jobId: () => null,
    keep: { completed: 0, failed: 1_000 },
  }),
  /** Run the module run, if `attempt` is still its next one. */
  "run-module": define({
    queue: "module-run",
    schema: z.strictObject({ moduleRunId: z.uuid(), attempt: z.int().min(1) }),
    attempts: 5,
    backoffMs: 1_000,
    jobId: ({ moduleRunId, attempt }) => `run-${moduleRunId}-${attempt}`,
    // A failed job that stayed would keep the sweeper from enqueueing the run again.
    keep: { completed: 0, failed: 0 },
  }),
  /** Delete stored bodies that no fetch names. `day` as `2026-11-21`: the workers of one day share one job. */
  "sweep-bodies": define({
    queue: "maintenance",
    schema: z.strictObject({ day: z.iso.date() }),
    attempts: 2,
    backoffMs: 60_000,
    jobId: ({ day }) => `sweep-bodies-${day}`,
    keep: { completed: 7, failed: 7 },
  }),
};

export type JobName = keyof typeof JOBS;
export type JobPayload<Name extends JobName> = z.infer<(typeof JOBS)[Name]["schema"]>;
