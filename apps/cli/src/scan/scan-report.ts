import { FindingResource, type ScanDetail, Severity } from "@picket/core";
import type { Api } from "../api.ts";
import { FINDING_HEADING, findingLines } from "../finding/finding-lines.ts";
import { paint, plural, printLine } from "../output.ts";

/** Worst first, as `GET /findings` gives them. */
export async function findingsOf(api: Api, scanId: string): Promise<FindingResource[]> {
  return api.list("/findings", FindingResource, { query: { scan: scanId } });
}

function secondsOf({ startedAt, finishedAt }: ScanDetail): string {
  if (!startedAt || !finishedAt) return "";
  return ` in ${((finishedAt.getTime() - startedAt.getTime()) / 1_000).toFixed(1)} s`;
}

function countsLine({ findings }: ScanDetail): string {
  const counts = Severity.options
    .filter((severity) => findings.bySeverity[severity].total > 0)
    .map((severity) => `${findings.bySeverity[severity].total} ${severity}`);
  const detail = counts.length > 0 ? ` (${counts.join(", ")})` : "";
  return `${plural(findings.total, "finding")}${detail}, ${findings.new} new since the last scan`;
}

/** How the scan ended, what it found, and what limits the result. */
export function printScanReport(scan: ScanDetail, findings: readonly FindingResource[]): void {
  printLine(
    `\nScan ${scan.status.replaceAll("_", " ")}${secondsOf(scan)}: ${plural(scan.endpointCount, "endpoint")}, ${plural(scan.fetchCount, "request")}`,
  );
  printLine(`${countsLine(scan)}\n`);
  if (findings.length > 0) printLine(paint("bold", FINDING_HEADING));
  for (const finding of findings) for (const line of findingLines(finding)) printLine(line);
  const limits = scan.health.filter(({ level }) => level !== "info");
  if (limits.length > 0) printLine(`\n${paint("bold", "What limits this result")}`);
  for (const { level, code, detail } of limits)
    printLine(`  ${level.padEnd(6)} ${code.replaceAll("_", " ")}: ${detail}`);
}
