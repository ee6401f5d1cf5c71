import { AppError, CancelledScans, type ScansToCancel } from "@picket/core";
import type { Command } from "commander";
import { type Api, openApi } from "../api.ts";
import { plural, printJson, printLine } from "../output.ts";
import { findProject, findTarget } from "../target/setup.ts";

interface StopFlags {
  all?: true;
  target?: string;
  project?: string;
  json?: true;
}

async function which(api: Api, { all, target, project }: StopFlags): Promise<ScansToCancel> {
  if ([all, target, project].filter((flag) => flag !== undefined).length !== 1)
    throw new AppError("INVALID_INPUT", "give exactly one of --all, --target <url> and --project <name>");
  if (target !== undefined) return { targetId: idOf(await findTarget(api, target), `target ${target}`) };
  if (project !== undefined)
    return { projectId: idOf(await findProject(api, project), `project ${project}`) };
  return { all: true };
}

function idOf(found: { id: string } | undefined, what: string): string {
  if (found) return found.id;
  throw new AppError("NOT_FOUND", `there is no ${what}`, {
    hint: "picket stop --all stops everything.",
  });
}

async function stop(flags: StopFlags): Promise<void> {
  const api = openApi();
  const cancelled = await api.send("POST", "/scans/cancel", CancelledScans, await which(api, flags));
  if (flags.json) return printJson(cancelled);
  for (const scanId of cancelled.scanIds) printLine(scanId);
  printLine(`${plural(cancelled.scanIds.length, "scan")} stopped.`);
}

export function registerStopCommand(program: Command): void {
  program
    .command("stop")
    .description("The kill switch: stop every open scan at once. Schedules go on: picket schedule pause.")
    .option("--all", "all scans there are")
    .option("--target <url>", "scans of this target")
    .option("--project <name>", "scans of this project's targets")
    .option("--json", "one JSON document")
    .action(stop);
}
