import { AuditVerificationResource } from "@picket/core";
import type { Command } from "commander";
import { openApi } from "../api.ts";
import { paint, plural, printJson, printLine } from "../output.ts";

async function verify({ json }: { json?: true }): Promise<void> {
  const result = await openApi().get("/audit/verify", AuditVerificationResource);
  if (result.broken) process.exitCode = 1;
  if (json) return printJson(result);
  if (result.broken) {
    printLine(
      paint("red", `The audit log was changed at event ${result.broken.seq}: ${result.broken.problem}.`),
    );
    return printLine(`${plural(result.checked, "event")} before it are intact.`);
  }
  printLine(`${plural(result.checked, "event")}, each intact and linked to the one before.`);
  printLine(`Head ${result.head}`);
  printLine("Keep this hash elsewhere: it proves later that nothing was rewritten or cut off.");
}

export function registerAuditCommands(program: Command): void {
  program
    .command("audit")
    .description("The audit log.")
    .command("verify")
    .description("Compute the whole hash chain again. Exit code 1: an event was changed.")
    .option("--json", "one JSON document")
    .action(verify);
}
