import { z } from "zod";

export const ScheduleKind = z.enum(["scan", "recheck"]);
export type ScheduleKind = z.infer<typeof ScheduleKind>;

/** When a due time comes while the schedule's scan before it goes on: start all the same, skip it, or cancel the old one. */
export const ScheduleOverlap = z.enum(["allow", "forbid", "replace"]);
export type ScheduleOverlap = z.infer<typeof ScheduleOverlap>;

/**
 * What became of a due time. `missed`: no process looked while it was due, and a later one was caught up on; `failed`:
 * its scan could not be planned.
 */
export const ScheduleOutcome = z.enum(["started", "skipped_overlap", "skipped_blackout", "missed", "failed"]);
export type ScheduleOutcome = z.infer<typeof ScheduleOutcome>;

export const Weekday = z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
export type Weekday = z.infer<typeof Weekday>;

const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: "must be a time of day, 00:00 to 24:00" });

/** A window in which nothing starts, `to` left out; one that ends before it starts ends on the day after. */
export const Blackout = z
  .strictObject({
    days: z.array(Weekday).min(1).max(7).describe("Days on which it starts."),
    from: TimeOfDay,
    to: TimeOfDay,
  })
  .refine(({ from, to }) => from !== to && from !== "24:00", {
    error: "must not be empty: for whole days say from 00:00 to 24:00",
  });
export type Blackout = z.infer<typeof Blackout>;

/** Name of the IANA database, or UTC; an offset knows no summer time. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    // A RangeError says that there is no such zone.
    return false;
  }
}

interface LocalTime {
  day: Weekday;
  /** `HH:MM`. */
  time: string;
}

function localTime(at: Date, timeZone: string): LocalTime {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return { day: Weekday.parse(of("weekday").toLowerCase()), time: `${of("hour")}:${of("minute")}` };
}

function dayBefore(day: Weekday): Weekday {
  const days = Weekday.options;
  return days.at(days.indexOf(day) - 1) ?? day;
}

/** Whether a window covers this moment, by the clocks of the time zone. */
export function isBlackedOut(at: Date, timeZone: string, windows: readonly Blackout[]): boolean {
  const { day, time } = localTime(at, timeZone);
  return windows.some(({ days, from, to }) => {
    if (from < to) return days.includes(day) && from <= time && time < to;
    return (days.includes(day) && from <= time) || (days.includes(dayBefore(day)) && time < to);
  });
}

export interface DueTime {
  dueAt: Date;
  now: Date;
  /** False when a later time is due already. */
  isLatest: boolean;
  /** Whether a scan that the schedule started before goes on. */
  isRunning: boolean;
  timeZone: string;
  overlap: ScheduleOverlap;
  blackouts: readonly Blackout[];
}

/** What is to become of a due time: of several that came while nobody looked, only the latest is caught up on. */
export function decideDueTime(due: DueTime): Exclude<ScheduleOutcome, "failed"> {
  const { dueAt, now, timeZone, blackouts } = due;
  if (isBlackedOut(dueAt, timeZone, blackouts)) return "skipped_blackout";
  if (!due.isLatest) return "missed";
  if (isBlackedOut(now, timeZone, blackouts)) return "skipped_blackout";
  return due.isRunning && due.overlap === "forbid" ? "skipped_overlap" : "started";
}
