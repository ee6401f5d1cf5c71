import { AppError, CancelledScans, type ScansToCancel } from "@picket/core";
import type { Command } from "commander";
import { type Api, openApi } from "../api.ts";
import { plural, printJson, printLine } from "../output.ts";
import { findProject, findTarget } from "../target/setup.ts";

interface StopFlags {
  all?: true;
  target?: string;
  project?: string;
  keepSchedules?: true;
  json?: true;
}

type Which = Omit<ScansToCancel, "pauseSchedules">;

async function which(api: Api, { all, target, project }: StopFlags): Promise<Which> {
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
  const body = { ...(await which(api, flags)), pauseSchedules: flags.keepSchedules !== true };
  const cancelled = await api.send("POST", "/scans/cancel", CancelledScans, body);
  if (flags.json) return printJson(cancelled);
  const { scanIds, pausedScheduleIds, cancelledRecheckIds } = cancelled;
  for (const scanId of scanIds) printLine(scanId);
  printLine(`${plural(scanIds.length, "scan")} stopped.`);
  if (cancelledRecheckIds.length > 0)
    printLine(`${plural(cancelledRecheckIds.length, "waiting recheck")} taken back.`);
  if (pausedScheduleIds.length === 0) return;
  printLine(`${plural(pausedScheduleIds.length, "schedule")} paused. When all is well again:`);
  for (const id of pausedScheduleIds) printLine(`  picket schedule resume ${id}`);
}

export function registerStopCommand(program: Command): void {
  program
    .command("stop")
    .description(
      "The kill switch: stop every open scan at once, pause the schedules of their targets until you resume them, and " +
        "take back rechecks that wait for their time.",
    )
    .option("--all", "all scans there are")
    .option("--target <url>", "scans of this target")
    .option("--project <name>", "scans of this project's targets")
    .option("--keep-schedules", "let schedules and waiting rechecks go on starting scans")
    .option("--json", "one JSON document")
    .action(stop);
}
