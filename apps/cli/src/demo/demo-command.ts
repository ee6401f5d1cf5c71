import { setTimeout } from "node:timers/promises";
import {
  type ChangeResource,
  hrefOf,
  PluginResource,
  pageOf,
  parseWebUrl,
  type ScanDetail,
} from "@picket/core";
import type { Command } from "commander";
import { type Api, openApi } from "../api.ts";
import { paint, printLine } from "../output.ts";
import { notableChanges } from "../scan/scan-changes.ts";
import { printScanReport } from "../scan/scan-report.ts";
import { awaitScan, requestScan } from "../scan/start-scan.ts";
import { ensureProject, ensureScope, ensureTarget } from "../target/setup.ts";

const PLUGINS_WAIT_SECONDS = 60;

/** A laptop's own application takes more than the default of a production target. */
const DEMO_BUDGET = { rps: 100, concurrency: 8, maxRuntimeSeconds: 600, maxRequests: 5_000 };
const REASON = { addedBy: "picket demo", reason: "named on the command line of the demo" };

function printNext({ findings, changes }: ScanDetail, [first]: readonly ChangeResource[]): void {
  printLine(`\n${paint("bold", "What to look at next")}`);
  if (first?.change === "new" || first?.change === "reopened") {
    printLine(`  Start with: ${first.finding.title}. Its page says how to put it right.`);
    printLine("  Run the demo again: the same findings come back as known, none as new.");
  } else if (changes && findings.total > 0) {
    printLine(
      `  Nothing is new since the last scan; ${changes.still_present} known findings are still present.`,
    );
  }
  printLine("  npm start keeps the platform running, with API reference, queue dashboard and a token.");
  printLine("  npm run demo -- http://127.0.0.1:3000 scans an application of your own on this machine.");
}

/** The first worker of a new platform needs a few seconds to register what it can run. */
async function awaitPlugins(api: Api): Promise<void> {
  for (let second = 0; second < PLUGINS_WAIT_SECONDS; second++) {
    const { items } = await api.get("/plugins", pageOf(PluginResource));
    if (items.length > 0) return;
    await setTimeout(1_000);
  }
}

async function demo(url: string): Promise<void> {
  const api = openApi();
  const base = parseWebUrl(url);
  const { resource: project } = await ensureProject(api, "demo");
  const scope = await ensureScope(api, project.id, { ...base, ...REASON });
  const { resource: target } = await ensureTarget(api, {
    projectId: project.id,
    name: base.host,
    baseUrl: hrefOf(base),
    environment: "development",
    budget: DEMO_BUDGET,
  });
  printLine(`\nTarget ${target.baseUrl}, up to ${target.budget.rps} requests per second`);
  printLine(
    `Scope  ${base.host} port ${base.port} ${scope.isNew ? "was added, so that it may be scanned" : "allows it"}\n`,
  );
  await awaitPlugins(api);
  const scanId = await requestScan(api, { targetId: target.id, profile: "standard" });
  const scan = await awaitScan(api, scanId, { quiet: false });
  const changes = await notableChanges(api, `/scans/${scanId}/changes`);
  printScanReport(scan, changes);
  printNext(scan, changes);
  if (scan.status !== "succeeded") process.exitCode = 1;
}

export function registerDemoCommand(program: Command): void {
  program
    .command("demo <url>")
    .description("Add a target with its scope entry, scan it and show what was found.")
    .action(demo);
}
