import { type Change, type ChangeCounts, ChangeResource, Severity } from "@picket/core";
import type { Api } from "../api.ts";
import { FINDING_HEADING, findingLines, whyLines } from "../finding/finding-lines.ts";
import { paint, printLine } from "../output.ts";

/** What a team looks at; what is still present is only counted. */
const NOTABLE = ["new", "reopened", "fixed", "not_observed"] as const satisfies readonly Change[];

/** Changes of one kind that are shown at the most. */
const MOST = 1_000;

function worstFirst(a: ChangeResource, b: ChangeResource): number {
  const rank = ({ finding }: ChangeResource) => Severity.options.indexOf(finding.severity);
  return rank(a) - rank(b) || b.finding.confidenceScore - a.finding.confidenceScore;
}

/** All but what is still present, from `/scans/{id}/changes` or `/scans/{id}/diff`: new first, the worst of each first. */
export async function notableChanges(
  api: Api,
  path: string,
  query: Record<string, string> = {},
): Promise<ChangeResource[]> {
  const lists = await Promise.all(
    NOTABLE.map((change) => api.list(path, ChangeResource, { query: { ...query, change }, most: MOST })),
  );
  return lists.flatMap((list) => list.sort(worstFirst));
}

/** `2 new, 1 fixed, 9 still present`, or `nothing new` with the rest. */
export function changesLine(counts: ChangeCounts): string {
  const { new: fresh, reopened, still_present, fixed, not_observed } = counts;
  const parts = [
    fresh === 0 ? "nothing new" : `${fresh} new`,
    ...(reopened > 0 ? [`${reopened} reopened`] : []),
    `${still_present} still present`,
    ...(fixed > 0 ? [`${fixed} fixed`] : []),
    ...(not_observed > 0 ? [`${not_observed} not observed`] : []),
  ];
  return parts.join(", ");
}

const HEADINGS: Record<Change, string> = {
  new: "New",
  reopened: "Reopened",
  still_present: "Still present",
  fixed: "Fixed: looked at again and gone",
  not_observed: "Not observed: not seen, and nothing shows that it is fixed",
};

export function printChanges(changes: readonly ChangeResource[]): void {
  for (const [change, items] of Map.groupBy(changes, (item) => item.change)) {
    printLine(`\n${paint("bold", HEADINGS[change])}`);
    printLine(FINDING_HEADING);
    for (const item of items)
      for (const line of [...findingLines(item.finding), ...whyLines(item)]) printLine(line);
  }
}
