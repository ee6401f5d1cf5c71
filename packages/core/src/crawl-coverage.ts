import { z } from "zod";
import { looksLikeAsset } from "./asset.ts";
import { CoverageHealth, healthRank } from "./change.ts";
import { destructiveWord } from "./destructive-url.ts";
import { tryParseWebUrl } from "./web-url.ts";

/** Why a known route has no healthy answer: what its best answer was, or why it was not asked for. */
const CrawlGap = z.enum([...CoverageHealth.exclude(["healthy"]).options, "destructive", "not_asked"]);
type CrawlGap = z.infer<typeof CrawlGap>;

/**
 * How much of what a crawl came to know it also saw. Known is every route (path template) that a run of stage `discover`
 * reported to be readable by GET, files that are no pages left out. Answered is one that such a run asked for and that
 * gave at least one healthy answer: no refusal, no login, no server error. A page that is gone (404, 410) has answered.
 */
export const CrawlCoverage = z.object({
  known: z.int().describe("Routes that it came to know, by GET; no pictures, styles and other files."),
  answered: z.int().describe("Of these, the ones that it asked for and that answered healthily."),
  share: z.number().describe("`answered` of `known`, from 0 to 1; 0 when nothing is known."),
  gaps: z
    .partialRecord(CrawlGap, z.int())
    .describe(
      "The others, by what stood in the way: what they answered, `destructive` when their words kept the crawl away, " +
        "`not_asked` when a cap, a budget or the end of its time did.",
    ),
  caps: z
    .array(z.object({ cap: z.string(), left: z.int() }))
    .describe("Caps of the crawl that were met, with how many places each left out."),
});
export type CrawlCoverage = z.infer<typeof CrawlCoverage>;

export interface CrawlFacts {
  known: readonly { route: string; url: string }[];
  looks: readonly { route: string; health: CoverageHealth; healthy: number }[];
  /** What runs said of themselves in figures; what has a figure `left` is a cap. */
  notes: readonly Readonly<Record<string, Readonly<Record<string, number>>>>[];
}

function isPage(url: string): boolean {
  const parsed = tryParseWebUrl(url);
  return parsed !== null && !looksLikeAsset(parsed);
}

function gapOf(url: string, look: CoverageHealth | undefined): CrawlGap {
  if (look !== undefined && look !== "healthy") return look;
  const parsed = tryParseWebUrl(url);
  return parsed && destructiveWord(parsed) !== null ? "destructive" : "not_asked";
}

export function crawlCoverage({ known, looks, notes }: CrawlFacts): CrawlCoverage {
  const routes = new Map(known.filter(({ url }) => isPage(url)).map(({ route, url }) => [route, url]));
  const best = new Map<string, CoverageHealth>();
  for (const { route, health, healthy } of looks) {
    const now = healthy > 0 ? "healthy" : health;
    const before = best.get(route);
    if (!before || healthRank(now) < healthRank(before)) best.set(route, now);
  }
  const gaps: CrawlCoverage["gaps"] = {};
  for (const [route, url] of routes) {
    if (best.get(route) === "healthy") continue;
    const gap = gapOf(url, best.get(route));
    gaps[gap] = (gaps[gap] ?? 0) + 1;
  }
  const missing = Object.values(gaps).reduce((sum, count) => sum + count, 0);
  const answered = routes.size - missing;
  const caps = notes
    .flatMap((said) => Object.entries(said))
    .flatMap(([cap, { left }]) => (left === undefined ? [] : [{ cap, left }]));
  return { known: routes.size, answered, share: routes.size === 0 ? 0 : answered / routes.size, gaps, caps };
}
