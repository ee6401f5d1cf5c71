import {
  Confidence,
  FindingDetail,
  FindingFilter,
  FindingResource,
  FindingView,
  type ScanStatus,
  Severity,
  TargetResource,
} from "@picket/core";
import { type Command, Option } from "commander";
import { type Api, openApi } from "../api.ts";
import { atMost, wholeNumber } from "../arguments.ts";
import { oneLine, paint, plural, printJson, printLine } from "../output.ts";
import { FINDING_HEADING, findingLines, statementWords, whyLines } from "./finding-lines.ts";

interface ListFlags {
  view?: FindingView;
  target?: string;
  project?: string;
  owner?: string;
  scan?: string;
  newInScan?: string;
  severity?: Severity;
  confidence?: Confidence;
  type?: string;
  plugin?: string;
  q?: string;
  sort?: FindingFilter["sort"];
  most: number;
  json?: true;
}

/** What an empty list means is not the same in each view. */
const NONE: Record<FindingView, string> = {
  news: "Nothing new since the last scan. --view open lists what is open.",
  open: "Nothing open.",
  fixed: "Nothing fixed.",
  not_observed: "Everything open was looked at by the last scan.",
  excepted: "Nothing excepted.",
  all: "No findings.",
};

async function listFindings({ most, json, ...query }: ListFlags): Promise<void> {
  const api = openApi();
  const findings = await api.list("/findings", FindingResource, { query: { ...query }, most });
  if (json) return printJson(findings);
  const view = query.view ?? (query.scan || query.newInScan ? "all" : "news");
  if (findings.length > 0) printLine(FINDING_HEADING);
  else printLine(NONE[view]);
  for (const finding of findings) {
    const why = finding.lastChange ? whyLines(finding.lastChange) : [];
    for (const line of [...findingLines(finding), ...why]) printLine(line);
  }
  if (findings.length > 0) printLine(atMost(plural(findings.length, "finding"), findings.length, most));
  if (view === "news") await printBlindSpots(api, query);
}

/** No news is good news only where the last scan could look. */
async function printBlindSpots(api: Api, { target, project }: Pick<ListFlags, "target" | "project">) {
  const targets = await api.list("/targets", TargetResource, { query: { ...(project && { project }) } });
  for (const { id, baseUrl, lastScan } of targets) {
    if (target !== undefined && target !== id) continue;
    const blind = lastScan === null ? "has never been scanned" : BLIND[lastScan.status];
    if (blind) printLine(paint("yellow", `${baseUrl} ${blind}`));
  }
}

const NOT_LOOKED = "--view not_observed lists what was not looked at.";

/** Why a target's last scan is no word on what is new. */
const BLIND: Record<ScanStatus, string | null> = {
  queued: "is about to be scanned.",
  running: "is being scanned.",
  succeeded: null,
  partially_succeeded: `was not wholly scanned the last time. ${NOT_LOOKED}`,
  failed: `could not be scanned the last time. ${NOT_LOOKED}`,
  cancelled: `was not wholly scanned the last time: the scan was cancelled. ${NOT_LOOKED}`,
  timed_out: `was not wholly scanned the last time: the scan took too long. ${NOT_LOOKED}`,
};

async function showFinding(id: string, { json }: { json?: true }): Promise<void> {
  const finding = await openApi().get(`/findings/${encodeURIComponent(id)}`, FindingDetail);
  if (json) return printJson(finding);
  for (const line of findingLines(finding)) printLine(line);
  for (const line of stateLines(finding)) printLine(line);
  printLine(`\n${finding.description}`);
  printLine(`\n${paint("bold", "Confidence")}`);
  for (const { points, reason } of finding.confidenceSteps)
    printLine(`  ${String(points).padStart(4)}  ${reason}`);
  printLine(`\n${paint("bold", "Evidence")}`);
  for (const { kind, snippet } of finding.evidence)
    printLine(`  ${kind.padEnd(16)} ${oneLine(snippet, 110)}`);
  printLine(`\n${paint("bold", "What to do")}\n${finding.remediation}`);
  for (const reference of finding.references) printLine(`  ${reference}`);
  printLine(`\n${paint("bold", "What scans said of it, the latest first")}`);
  for (const said of finding.history)
    printLine(`  ${said.at.toISOString()}  ${said.scanId}  ${statementWords(said)}`);
}

/** Whether it is open, since when, who reports it, and what was decided about it. */
function stateLines(finding: FindingDetail): string[] {
  const { status, firstSeenAt, lastSeenAt, fixedAt, attributions, exceptions, type } = finding;
  const fixed = fixedAt ? `, fixed ${fixedAt.toISOString()}` : "";
  const plugins = attributions
    .map(({ plugin, version, sideEffect }) => `${plugin} ${version} (${sideEffect.replaceAll("_", " ")})`)
    .join(", ");
  return [
    `\n${status.replaceAll("_", " ")}, first seen ${firstSeenAt.toISOString()}, last seen ${lastSeenAt.toISOString()}${fixed}`,
    `${type}, reported by ${plugins}`,
    ...exceptions.map(
      ({ id, status, scope, owner, expiresAt }) =>
        `exception ${id}: ${status}, ${scope.replaceAll("_", " ")}, ${owner}, until ${expiresAt.toISOString()}`,
    ),
  ];
}

export function registerFindingCommands(program: Command): void {
  program
    .command("findings")
    .description("List findings, worst first: what is new since the last scan, or another view.")
    .addOption(new Option("--view <view>", "default: news").choices(FindingView.options))
    .option("--target <id>", "findings of this target")
    .option("--project <id>", "findings of this project's targets")
    .option("--owner <name>", "findings of this owner's targets")
    .option("--scan <id>", "findings that this scan saw")
    .option("--new-in-scan <id>", "findings that this scan saw first")
    .addOption(new Option("--severity <level>").choices(Severity.options))
    .addOption(new Option("--confidence <band>").choices(Confidence.options))
    .option("--type <type>", "findings of this type")
    .option("--plugin <name>", "findings that this plugin reports")
    .option("--q <text>", "text in title or type")
    .addOption(new Option("--sort <order>").choices(FindingFilter.shape.sort.unwrap().options))
    .option("--most <count>", "how many at the most", wholeNumber, 100)
    .option("--json", "one JSON document")
    .action(listFindings);
  program
    .command("finding <id>")
    .description("Show one finding with its evidence and what to do.")
    .option("--json", "one JSON document")
    .action(showFinding);
}
