import { ModuleRunResource, ScanDetail } from "@picket/core";
import { openApi } from "../api.ts";
import { plural, printJson, printLine, printTable } from "../output.ts";
import { printScanReport } from "./scan-report.ts";

/** Requests by finding type, most first: `sql-injection 120, xss-reflected 80`. */
function requestsFor({ counters }: ModuleRunResource): string {
  const counted = (counters.requestsFor ?? {}) as Record<string, number>;
  return Object.entries(counted)
    .sort(([, one], [, other]) => other - one)
    .map(([type, count]) => `${type} ${count}`)
    .join(", ");
}

/** How a scan stands or ended, and what each of its module runs sent. */
export async function showScan(id: string, { json }: { json?: true }): Promise<void> {
  const api = openApi();
  const path = `/scans/${encodeURIComponent(id)}`;
  const scan = await api.get(path, ScanDetail);
  const modules = await api.list(`${path}/modules`, ModuleRunResource);
  if (json) return printJson({ scan, modules });
  printScanReport(scan, []);
  printLine();
  printTable([
    ["PLUGIN", "CLASS", "STATUS", "REQUESTS", "FOR"],
    ...modules.map((run) => [
      `${run.plugin} ${run.version}`,
      run.sideEffect.replaceAll("_", " "),
      run.status.replaceAll("_", " "),
      String(run.counters.requests ?? 0),
      run.status === "skipped" ? (run.reason ?? "") : requestsFor(run),
    ]),
  ]);
  printLine(
    `\nA request that looks for several findings counts for each. ${plural(scan.fetchCount, "request")} in all.`,
  );
}
