import {
  AppError,
  ChangeResource,
  DiffTotals,
  FindingResource,
  ProfileName,
  pageOf,
  ScanResource,
  ScanStatus,
  TargetResource,
} from "@picket/core";
import { type Command, Option } from "commander";
import { type Api, openApi } from "../api.ts";
import { atMost, wholeNumber } from "../arguments.ts";
import { findAuthProfile } from "../auth/auth-commands.ts";
import { plural, printJson, printLine, printTable } from "../output.ts";
import { findTarget } from "../target/setup.ts";
import { changesLine, notableChanges, printChanges } from "./scan-changes.ts";
import { printScanReport, scanEnd } from "./scan-report.ts";
import { type Settings, setting } from "./setting.ts";
import { showScan } from "./show-scan.ts";
import { awaitScan, requestScan } from "./start-scan.ts";

interface ScanFlags {
  profile: ProfileName;
  set: Settings;
  auth?: string;
  compare?: string;
  wait: boolean;
  json?: true;
}

async function requireTarget(api: Api, url: string): Promise<TargetResource> {
  const target = await findTarget(api, url);
  if (target) return target;
  throw new AppError("NOT_FOUND", `there is no target ${url}`, {
    hint: `Add it first: picket target add ${url} --reason <why it may be scanned>`,
  });
}

/** Exit code 1 when the scan did not succeed: its result is not complete. */
async function scan(url: string, { profile, set, auth, compare, wait, json }: ScanFlags): Promise<void> {
  const api = openApi();
  const target = await requireTarget(api, url);
  const idOf = async (name: string) => (await findAuthProfile(api, url, name)).id;
  const scanId = await requestScan(api, {
    targetId: target.id,
    profile,
    settings: set,
    ...(auth !== undefined && { authProfileId: await idOf(auth) }),
    ...(compare !== undefined && { comparisonAuthProfileId: await idOf(compare) }),
  });
  if (!wait) return json ? printJson({ scanId }) : printLine(scanId);
  if (!json) printLine(`Scan ${scanId} of ${target.baseUrl}, profile ${profile}`);
  const ended = await awaitScan(api, scanId, { quiet: json === true });
  if (ended.status !== "succeeded") process.exitCode = 1;
  const changes = await notableChanges(api, `/scans/${scanId}/changes`);
  if (!json) return printScanReport(ended, changes);
  const findings = await api.list("/findings", FindingResource, { query: { scan: scanId } });
  printJson({ scan: ended, changes, findings });
}

/** Compares an ended scan with its baseline or another earlier scan. */
async function diff(id: string, { baseline, json }: { baseline?: string; json?: true }): Promise<void> {
  const api = openApi();
  const path = `/scans/${encodeURIComponent(id)}/diff`;
  const query = { ...(baseline && { baseline }) };
  const DiffPage = pageOf(ChangeResource).extend({ totals: DiffTotals });
  const { totals } = await api.get(path, DiffPage, { ...query, limit: 1 });
  const changes = await notableChanges(api, path, query);
  if (json) return printJson({ totals, changes });
  printLine(totals.baselineScanId ? `Since scan ${totals.baselineScanId}` : "There is no earlier scan");
  printLine(changesLine(totals.counts));
  printLine(`${totals.openBefore} open before, ${totals.openAfter} open now`);
  printChanges(changes);
}

async function listScans({
  target: url,
  status,
  most,
  json,
}: {
  target?: string;
  status?: ScanStatus;
  most: number;
  json?: true;
}): Promise<void> {
  const api = openApi();
  const target = url === undefined ? undefined : await requireTarget(api, url);
  const query = { ...(status && { status }), ...(target && { target: target.id }) };
  const scans = await api.list("/scans", ScanResource, { query, most });
  if (json) return printJson(scans);
  if (scans.length === 0) return printLine("No scans.");
  const targets = await api.list("/targets", TargetResource);
  const urls = new Map(targets.map(({ id, baseUrl }) => [id, baseUrl]));
  printTable([
    ["SCAN", "TARGET", "STATUS", "PROFILE", "ASKED FOR"],
    ...scans.map((scan) => [
      scan.id,
      urls.get(scan.targetId) ?? scan.targetId,
      scanEnd(scan),
      scan.mode === "recheck" ? "recheck" : scan.profile,
      `${scan.createdAt.toISOString()} by ${scan.requestedBy}`,
    ]),
  ]);
  printLine(atMost(plural(scans.length, "scan"), scans.length, most));
}

async function cancelScan(id: string): Promise<void> {
  const { status } = await openApi().send("POST", `/scans/${encodeURIComponent(id)}/cancel`, ScanResource);
  printLine(status === "cancelled" ? "Cancelled." : "Being cancelled.");
}

export function registerScanCommands(program: Command): void {
  program
    .command("scan <url>")
    .description("Scan a target and show what was found. Exit code 1: the scan did not succeed.")
    .addOption(new Option("--profile <name>").choices(ProfileName.options).default("standard"))
    .option("--set <plugin.setting=value>", "a plugin's setting; may be repeated", setting, {})
    .option("--auth <name>", "log in with this auth profile of the target")
    .option(
      "--compare <name>",
      "look with this auth profile, of another user, for what only the first one's user may see",
    )
    .option("--no-wait", "print the scan's id and return at once")
    .option("--json", "one JSON document")
    .action(scan);
  program
    .command("scan-show <scan>")
    .description(
      "Show a scan: how it stands, how much it crawled, what each plugin sent and for which findings.",
    )
    .option("--json", "one JSON document")
    .action(showScan);
  program
    .command("scans")
    .description("List scans, newest first.")
    .option("--target <url>", "scans of this target")
    .addOption(new Option("--status <status>").choices(ScanStatus.options))
    .option("--most <count>", "how many at the most", wholeNumber, 20)
    .option("--json", "one JSON document")
    .action(listScans);
  program
    .command("diff <scan>")
    .description("Show what an ended scan changed: new, reopened, fixed, not observed.")
    .option("--baseline <scan>", "an earlier scan of the same target; default: the scan's own baseline")
    .option("--json", "one JSON document")
    .action(diff);
  program
    .command("cancel <scan>")
    .description("Cancel a scan; what it found so far stays.")
    .action(cancelScan);
}
