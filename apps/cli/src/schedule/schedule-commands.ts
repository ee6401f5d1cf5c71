import {
  AppError,
  type Blackout,
  ProfileName,
  ScheduleDetail,
  ScheduleOverlap,
  ScheduleResource,
  ScheduleRunResource,
  TargetResource,
} from "@picket/core";
import { type Command, Option } from "commander";
import { z } from "zod";
import { type Api, openApi } from "../api.ts";
import { findAuthProfile } from "../auth/auth-commands.ts";
import { printJson, printLine, printTable } from "../output.ts";
import { type Settings, setting } from "../scan/setting.ts";
import { findTarget } from "../target/setup.ts";
import { blackout } from "./blackout.ts";

interface AddFlags {
  cron: string;
  zone: string;
  overlap: ScheduleOverlap;
  blackout?: Blackout[];
  recheck?: string;
  profile: ProfileName;
  set: Settings;
  auth?: string;
  json?: true;
}

/** What is to be started: scans of the target at a URL, or rechecks of a finding. */
async function subject(api: Api, url: string | undefined, { recheck, profile, set, auth }: AddFlags) {
  if ((url === undefined) === (recheck === undefined))
    throw new AppError("INVALID_INPUT", "give either a target's URL or --recheck <finding>");
  if (url === undefined) return { kind: "recheck", findingId: recheck };
  const target = await findTarget(api, url);
  if (!target) throw new AppError("NOT_FOUND", `there is no target ${url}`);
  const login = auth === undefined ? {} : { authProfileId: (await findAuthProfile(api, url, auth)).id };
  return { kind: "scan", targetId: target.id, profile, settings: set, ...login };
}

async function addSchedule(url: string | undefined, flags: AddFlags): Promise<void> {
  const { cron, zone, overlap, blackout: blackouts = [] } = flags;
  const api = openApi();
  const what = await subject(api, url, flags);
  const body = { ...what, cron, timeZone: zone, overlap, blackouts };
  const schedule = await api.send("POST", "/schedules", ScheduleDetail, body);
  if (flags.json) return printJson(schedule);
  printLine(schedule.id);
  for (const time of schedule.upcoming) printLine(`  ${inZone(time, schedule.timeZone)}`);
}

/** As the clocks of the zone show it. */
function inZone(time: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  return `${format.format(time)} ${timeZone}`;
}

async function listSchedules({ json }: { json?: true }): Promise<void> {
  const api = openApi();
  const schedules = await api.list("/schedules", ScheduleResource);
  if (json) return printJson(schedules);
  if (schedules.length === 0)
    return printLine("No schedules. Add one: picket schedule add <url> --cron <expression>");
  const targets = new Map(
    (await api.list("/targets", TargetResource)).map(({ id, baseUrl }) => [id, baseUrl]),
  );
  printTable([
    ["SCHEDULE", "STARTS", "WHEN", "OVERLAP", "NEXT"],
    ...schedules.map(({ id, findingId, targetId, cron, timeZone, overlap, nextDueAt }) => [
      id,
      findingId ? `recheck of ${findingId}` : `scan of ${targets.get(targetId) ?? targetId}`,
      cron,
      overlap,
      nextDueAt ? inZone(nextDueAt, timeZone) : "paused",
    ]),
  ]);
}

async function listRuns(id: string, { json }: { json?: true }): Promise<void> {
  const runs = await openApi().list(`${pathOf(id)}/runs`, ScheduleRunResource, { most: 50 });
  if (json) return printJson(runs);
  printTable([
    ["DUE", "OUTCOME", "SCAN"],
    ...runs.map(({ dueAt, outcome, scanId, reason }) => [
      dueAt.toISOString(),
      outcome.replaceAll("_", " "),
      scanId ?? reason ?? "",
    ]),
  ]);
}

function pathOf(id: string): string {
  return `/schedules/${encodeURIComponent(id)}`;
}

async function removeSchedule(id: string): Promise<void> {
  await openApi().send("DELETE", pathOf(id), z.unknown());
  printLine("Removed.");
}

async function enable(id: string, enabled: boolean): Promise<void> {
  const { nextDueAt, timeZone } = await openApi().send("PATCH", pathOf(id), ScheduleDetail, { enabled });
  printLine(nextDueAt ? `Next: ${inZone(nextDueAt, timeZone)}` : "Paused.");
}

export function registerScheduleCommands(program: Command): void {
  const schedule = program.command("schedule").description("Have scans and rechecks start by the clock.");
  schedule
    .command("add [url]")
    .description("Scan a target, or with --recheck look at a finding, at due times.")
    .requiredOption("--cron <expression>", "such as '30 2 * * mon-fri'; six fields have seconds in front")
    .option("--zone <name>", "time zone of the expression and of blackouts", "UTC")
    .addOption(
      new Option("--overlap <policy>", "while its scan before goes on")
        .choices(ScheduleOverlap.options)
        .default("forbid"),
    )
    .option("--blackout <window>", "start nothing, such as 'mon-fri 08:00-18:00'; may be repeated", blackout)
    .option("--recheck <finding>", "recheck this finding instead of scanning")
    .addOption(new Option("--profile <name>").choices(ProfileName.options).default("standard"))
    .option("--set <plugin.setting=value>", "a plugin's setting; may be repeated", setting, {})
    .option("--auth <name>", "scans log in with this auth profile of the target")
    .option("--json", "one JSON document")
    .action(addSchedule);
  schedule
    .command("list")
    .description("List schedules.")
    .option("--json", "one JSON document")
    .action(listSchedules);
  schedule
    .command("runs <schedule>")
    .description("List what became of its due times, the latest first, 50 at the most.")
    .option("--json", "one JSON document")
    .action(listRuns);
  schedule
    .command("remove <schedule>")
    .description("Remove a schedule; what it started goes on.")
    .action(removeSchedule);
  schedule
    .command("pause <schedule>")
    .description("Start nothing until it is resumed.")
    .action((id: string) => enable(id, false));
  schedule
    .command("resume <schedule>")
    .description("Go on from now; what was due meanwhile is not caught up on.")
    .action((id: string) => enable(id, true));
}
