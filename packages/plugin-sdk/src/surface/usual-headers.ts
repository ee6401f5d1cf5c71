import type { PluginContext, ScanInfo } from "../plugin-context.ts";
import type { Verdict } from "../verdicts.ts";
import { answeringPrograms, type InsertionPoint, insertionPoint } from "./read-surface.ts";
import { parameterOf } from "./surface-endpoint.ts";

/** What applications write into statistics, logs and links; the broker puts its own name before the first. */
const USUAL_HEADERS = ["user-agent", "referer", "x-forwarded-for"];

/** Programs whose headers are tried, at most. */
const MAX_PROGRAMS = 300;

/** The usual headers of one program. */
export interface HeaderSet {
  /** Carries one value in all of them. */
  readonly together: InsertionPoint;
  readonly each: readonly InsertionPoint[];
}

/** The headers that visitors send, of every program that answers a GET. None in a recheck, which names its places. */
export async function usualHeaders(
  { focus, ...asker }: Pick<ScanInfo, "focus" | "identities" | "may">,
  context: Pick<PluginContext, "session" | "log" | "http">,
): Promise<HeaderSet[]> {
  if (focus) return [];
  const programs = await answeringPrograms(asker, context);
  const left = programs.length - MAX_PROGRAMS;
  if (left > 0) context.log.info("header cap reached", { maxPrograms: MAX_PROGRAMS, left });
  return programs.slice(0, MAX_PROGRAMS).flatMap((endpoint) => {
    const each = USUAL_HEADERS.map((name) => insertionPoint(endpoint, parameterOf(name, "header")));
    const [first] = each;
    if (!first) return [];
    const request = (value: string) =>
      first.request(
        value,
        USUAL_HEADERS.map((name) => ({ name, in: "header" as const, value })),
      );
    return [{ together: { ...first, request }, each }];
  });
}

/** Judges the headers of a program all at once, and where that finds something each by itself. */
export async function judgeHeaders(
  { together, each }: HeaderSet,
  judge: (point: InsertionPoint) => Promise<Verdict | null>,
): Promise<Verdict[]> {
  if (!(await judge(together))) return [];
  const verdicts: (Verdict | null)[] = [];
  for (const point of each) verdicts.push(await judge(point));
  return verdicts.filter((verdict) => verdict !== null);
}
