import { AppError } from "@picket/core";
import { Cron } from "croner";

/** Due times by the clocks of a time zone. */
export interface CronTimes {
  /** The `count` due times after this moment, or fewer when there are no more. */
  after(moment: Date, count: number): Date[];
}

/**
 * Five fields, six with seconds in front, or a nickname such as @daily. A time that summer time leaves out is due when
 * the clocks have gone forward, one that comes twice is due the first time; what is due every so often goes on through
 * both. Throws INVALID_INPUT that says what is wrong.
 */
export function parseCron(expression: string, timeZone: string): CronTimes {
  if (!/^@[a-z]+$|^\S+(\s+\S+){4,5}$/i.test(expression)) throw badCron("must have five or six fields");
  try {
    const cron = new Cron(expression, { timezone: timeZone, paused: true });
    if (!cron.nextRun()) throw new RangeError("it is never due");
    return { after: (moment, count) => cron.nextRuns(count, moment) };
  } catch (thrown) {
    throw badCron(thrown instanceof Error ? thrown.message.replace(/^Cron\w+: /, "") : String(thrown));
  }
}

function badCron(message: string): AppError {
  return new AppError("INVALID_INPUT", `cron: ${message}`, {
    hint: "Minute, hour, day of the month, month, day of the week, such as 30 2 * * mon-fri.",
    details: { issues: [{ path: "cron", message }] },
  });
}
