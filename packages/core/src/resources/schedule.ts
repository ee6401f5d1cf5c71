import { z } from "zod";
import { ProfileName } from "../profile.ts";
import { Blackout, isTimeZone, ScheduleKind, ScheduleOutcome, ScheduleOverlap } from "../schedule.ts";
import { hasMember, Id, JsonObject, Timestamp } from "./common.ts";
import { NewScan } from "./scan.ts";

const Cron = z
  .string()
  .trim()
  .max(200)
  .describe("Five fields, such as `30 2 * * mon-fri`, or six with seconds in front, or @daily and the like.");
const TimeZone = z
  .string()
  .refine(isTimeZone, { error: "must be a time zone's name, such as Europe/Berlin" })
  .describe("In which the expression and the blackouts are read.");
const Blackouts = z.array(Blackout).max(50).describe("Windows in which nothing starts.");

/** When scans of a target, or rechecks of a finding, start by themselves. */
export const ScheduleResource = z
  .object({
    id: Id,
    targetId: Id,
    kind: ScheduleKind,
    findingId: Id.nullable(),
    profile: ProfileName.nullable(),
    settings: JsonObject,
    authProfileId: Id.nullable(),
    cron: z.string(),
    timeZone: z.string(),
    overlap: ScheduleOverlap,
    blackouts: z.array(Blackout),
    enabled: z.boolean(),
    nextDueAt: Timestamp.nullable().describe("Null while it is paused."),
    createdBy: z.string(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: "Schedule" });
export type ScheduleResource = z.infer<typeof ScheduleResource>;

export const ScheduleDetail = ScheduleResource.extend({
  upcoming: z.array(Timestamp).describe("The next due times, blackouts left out of account."),
}).meta({ id: "ScheduleDetail" });
export type ScheduleDetail = z.infer<typeof ScheduleDetail>;

const common = {
  cron: Cron,
  timeZone: TimeZone.default("UTC"),
  overlap: ScheduleOverlap.default("forbid"),
  blackouts: Blackouts.default([]),
};

export const NewSchedule = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("scan"),
      targetId: Id,
      profile: NewScan.shape.profile,
      settings: NewScan.shape.settings,
      authProfileId: NewScan.shape.authProfileId,
      ...common,
    }),
    z.strictObject({ kind: z.literal("recheck"), findingId: Id, ...common }),
  ])
  .meta({ id: "NewSchedule" });
export type NewSchedule = z.infer<typeof NewSchedule>;

/** What is absent stays as it is. Times that pass while it is not enabled are not caught up on. */
export const ScheduleChange = z
  .strictObject({
    cron: Cron.optional(),
    timeZone: TimeZone.optional(),
    overlap: ScheduleOverlap.optional(),
    blackouts: Blackouts.optional(),
    enabled: z.boolean().optional(),
  })
  .refine(hasMember, { error: "nothing is to be changed" })
  .meta({ id: "ScheduleChange" });
export type ScheduleChange = z.infer<typeof ScheduleChange>;

export const ScheduleFilter = z.strictObject({
  target: Id.optional().describe("Schedules of this target."),
});
export type ScheduleFilter = z.infer<typeof ScheduleFilter>;

/** What became of one due time. */
export const ScheduleRunResource = z
  .object({
    dueAt: Timestamp,
    outcome: ScheduleOutcome,
    scanId: Id.nullable(),
    reason: z.string().nullable().describe("Of `failed`: why."),
    recordedAt: Timestamp,
  })
  .meta({ id: "ScheduleRun" });
export type ScheduleRunResource = z.infer<typeof ScheduleRunResource>;
