import {
  type ChangeResource,
  type CrawlCoverage,
  type ScanDetail,
  type ScanResource,
  Severity,
} from "@picket/core";
import { paint, plural, printLine } from "../output.ts";
import { changesLine, printChanges } from "./scan-changes.ts";

/** How far a scan has got, and the health signal that stopped it early: `failed, stopped early by target unreachable`. */
export function scanEnd({ status, stoppedBy }: Pick<ScanResource, "status" | "stoppedBy">): string {
  const words = stoppedBy ? `${status}, stopped early by ${stoppedBy}` : status;
  return words.replaceAll("_", " ");
}

function secondsOf({ startedAt, finishedAt }: ScanDetail): string {
  if (!startedAt || !finishedAt) return "";
  return ` in ${((finishedAt.getTime() - startedAt.getTime()) / 1_000).toFixed(1)} s`;
}

function countsLine({ findings, changes }: ScanDetail): string {
  const counts = Severity.options
    .filter((severity) => findings.bySeverity[severity].total > 0)
    .map((severity) => `${findings.bySeverity[severity].total} ${severity}`);
  const detail = counts.length > 0 ? ` (${counts.join(", ")})` : "";
  return `${plural(findings.total, "finding")} seen${detail}${changes ? `: ${changesLine(changes)}` : ""}`;
}

/** `Crawled 45 of 50 known routes (90 %), 3 auth lost, 2 not asked; page cap reached: 7 left`. */
export function crawlLine({ known, answered, share, gaps, caps }: CrawlCoverage): string {
  const others = Object.entries(gaps).map(([gap, count]) => `, ${count} ${gap.replaceAll("_", " ")}`);
  const met = caps.map(({ cap, left }) => `; ${cap}: ${left} left`);
  // What is not whole is never shown as whole.
  const percent = Math.floor(share * 100);
  return `Crawled ${answered} of ${plural(known, "known route")} (${percent} %)${others.join("")}${met.join("")}`;
}

/** How the scan ended, what changed since its baseline, and what limits the result. */
export function printScanReport(scan: ScanDetail, changes: readonly ChangeResource[]): void {
  printLine(
    `\nScan ${scanEnd(scan)}${secondsOf(scan)}: ${plural(scan.endpointCount, "endpoint")}, ${plural(scan.fetchCount, "request")}`,
  );
  if (scan.crawl) printLine(crawlLine(scan.crawl));
  printLine(countsLine(scan));
  printChanges(changes);
  const limits = scan.health.filter(({ level }) => level !== "info");
  if (limits.length > 0) printLine(`\n${paint("bold", "What limits this result")}`);
  for (const { level, code, detail } of limits)
    printLine(`  ${level.padEnd(6)} ${code.replaceAll("_", " ")}: ${detail}`);
}
