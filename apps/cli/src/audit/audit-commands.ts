import { AuditVerificationResource } from "@picket/core";
import type { Command } from "commander";
import { type Api, openApi } from "../api.ts";
import { paint, plural, printJson, printLine } from "../output.ts";

/** Events that one answer of the API covers: about a second of its work. */
const PAGE = 50_000;

interface VerifyFlags {
  from?: string;
  json?: true;
}

/** Checks page by page. `onPage` is told how many events were checked so far whenever more follow. */
async function verifyPages(
  api: Api,
  from: string | undefined,
  onPage: (checked: number) => void,
): Promise<AuditVerificationResource> {
  let [start, checked] = [from, 0];
  while (true) {
    const query = { limit: PAGE, ...(start !== undefined && { from: start }) };
    const page = await api.get("/audit/verify", AuditVerificationResource, query);
    checked += page.checked;
    if (page.isComplete || page.broken || page.checkpoint === null) return { ...page, checked };
    start = page.checkpoint;
    onPage(checked);
  }
}

async function verify({ from, json }: VerifyFlags): Promise<void> {
  const result = await verifyPages(openApi(), from, (checked) =>
    process.stderr.write(`${plural(checked, "event")} checked, going on\n`),
  );
  if (result.broken) process.exitCode = 1;
  if (json) return printJson(result);
  if (result.broken) {
    printLine(
      paint("red", `The audit log was changed at event ${result.broken.seq}: ${result.broken.problem}.`),
    );
    return printLine(`${plural(result.checked, "event")} before it are intact.`);
  }
  const since = from === undefined ? "" : ` since event ${from.split(":")[0]}`;
  printLine(`${plural(result.checked, "event")}${since}, each intact and linked to the one before.`);
  if (result.checkpoint === null) return;
  printLine(`Checkpoint ${result.checkpoint}`);
  printLine("Keep it elsewhere: `picket audit verify --from` it proves later that nothing was rewritten or");
  printLine("cut off up to it, and checks only what came since.");
}

export function registerAuditCommands(program: Command): void {
  program
    .command("audit")
    .description("The audit log.")
    .command("verify")
    .description("Compute the hash chain again, all of it by default. Exit code 1: an event was changed.")
    .option("--from <checkpoint>", "only what came after this checkpoint, which must still fit")
    .option("--json", "one JSON document")
    .action(verify);
}
