import { Blackout, Weekday } from "@picket/core";
import { InvalidArgumentError } from "commander";

const SHAPE = /^([a-z,-]+) (\d\d:\d\d)-(\d\d:\d\d)$/;
const USAGE = "must be <days> <from>-<to>, such as 'mon-fri 08:00-18:00' or 'sat,sun 22:00-06:00'";

/** `mon-fri`, `sat,sun`, `daily`; a range may go over Sunday. */
function daysOf(text: string): Weekday[] {
  if (text === "daily") return [...Weekday.options];
  return text.split(",").flatMap((part) => {
    const [first, last = first] = part.split("-").map((name) => Weekday.safeParse(name).data);
    if (first === undefined || last === undefined) throw new InvalidArgumentError(USAGE);
    const week = [...Weekday.options, ...Weekday.options];
    const start = week.indexOf(first);
    return week.slice(start, week.indexOf(last, start) + 1);
  });
}

/** One window of a command line, added to those before it. */
export function blackout(text: string, before: Blackout[] = []): Blackout[] {
  const [, days, from, to] = SHAPE.exec(text) ?? [];
  if (days === undefined) throw new InvalidArgumentError(USAGE);
  const window = Blackout.safeParse({ days: daysOf(days), from, to });
  if (!window.success) throw new InvalidArgumentError(window.error.issues[0]?.message ?? USAGE);
  return [...before, window.data];
}
