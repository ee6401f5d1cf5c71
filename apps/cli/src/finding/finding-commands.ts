import { Confidence, FindingDetail, FindingResource, Severity } from "@picket/core";
import { type Command, Option } from "commander";
import { openApi } from "../api.ts";
import { atMost, wholeNumber } from "../arguments.ts";
import { oneLine, paint, plural, printJson, printLine } from "../output.ts";
import { FINDING_HEADING, findingLines } from "./finding-lines.ts";

interface ListFlags {
  target?: string;
  scan?: string;
  newIn?: string;
  severity?: Severity;
  confidence?: Confidence;
  most: number;
  json?: true;
}

async function listFindings(flags: ListFlags): Promise<void> {
  const { target, scan, newIn, severity, confidence, most, json } = flags;
  const query = {
    ...(target && { target }),
    ...(scan && { scan }),
    ...(newIn && { newInScan: newIn }),
    ...(severity && { severity }),
    ...(confidence && { confidence }),
  };
  const findings = await openApi().list("/findings", FindingResource, { query, most });
  if (json) return printJson(findings);
  if (findings.length === 0) return printLine("No findings.");
  printLine(FINDING_HEADING);
  for (const finding of findings) for (const line of findingLines(finding)) printLine(line);
  printLine(atMost(plural(findings.length, "finding"), findings.length, most));
}

async function showFinding(id: string, { json }: { json?: true }): Promise<void> {
  const finding = await openApi().get(`/findings/${encodeURIComponent(id)}`, FindingDetail);
  if (json) return printJson(finding);
  for (const line of findingLines(finding)) printLine(line);
  printLine(`\n${finding.description}`);
  printLine(`\n${paint("bold", "Confidence")}`);
  for (const { points, reason } of finding.confidenceSteps)
    printLine(`  ${String(points).padStart(4)}  ${reason}`);
  printLine(`\n${paint("bold", "Evidence")}`);
  for (const { kind, snippet } of finding.evidence)
    printLine(`  ${kind.padEnd(16)} ${oneLine(snippet, 110)}`);
  printLine(`\n${paint("bold", "What to do")}\n${finding.remediation}`);
  for (const reference of finding.references) printLine(`  ${reference}`);
}

export function registerFindingCommands(program: Command): void {
  program
    .command("findings")
    .description("List findings, worst first.")
    .option("--target <id>", "findings of this target")
    .option("--scan <id>", "findings that this scan saw")
    .option("--new-in <scan>", "findings that this scan saw first")
    .addOption(new Option("--severity <level>").choices(Severity.options))
    .addOption(new Option("--confidence <band>").choices(Confidence.options))
    .option("--most <count>", "how many at the most", wholeNumber, 100)
    .option("--json", "one JSON document")
    .action(listFindings);
  program
    .command("finding <id>")
    .description("Show one finding with its evidence and what to do.")
    .option("--json", "one JSON document")
    .action(showFinding);
}
