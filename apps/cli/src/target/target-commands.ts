import { userInfo } from "node:os";
import { AppError, Environment, hrefOf, parseWebUrl, TargetResource } from "@picket/core";
import { type Command, Option } from "commander";
import { type Api, openApi } from "../api.ts";
import { positiveNumber } from "../arguments.ts";
import { printJson, printLine, printTable } from "../output.ts";
import { importFile } from "./import-file.ts";
import { ensureProject, ensureScope, ensureTarget, findProject } from "./setup.ts";

interface AddFlags {
  project: string;
  environment: string;
  name?: string;
  addedBy: string;
  reason: string;
  rps?: number;
  json?: true;
}

/** Makes target, project and scope entry in one go; what is there already stays as it is. */
async function addTarget(url: string, flags: AddFlags): Promise<void> {
  const { addedBy, reason } = flags;
  const base = parseWebUrl(url);
  const api = openApi();
  const project = await ensureProject(api, flags.project);
  const scope = await ensureScope(api, project.resource.id, { ...base, addedBy, reason });
  const target = await ensureTarget(api, {
    projectId: project.resource.id,
    name: flags.name ?? base.host,
    baseUrl: hrefOf(base),
    environment: Environment.parse(flags.environment),
    ...(flags.rps && { budget: { rps: flags.rps } }),
  });
  if (flags.json) return printJson(target.resource);
  const said = (isNew: boolean) => (isNew ? "added" : "was there");
  printTable([
    ["project", flags.project, said(project.isNew)],
    ["scope", `${scope.resource.pattern} port ${scope.resource.ports.join(", ")}`, said(scope.isNew)],
    ["target", target.resource.baseUrl, said(target.isNew)],
  ]);
  printLine(`\nScan it: picket scan ${target.resource.baseUrl}`);
}

async function projectQuery(api: Api, name: string | undefined): Promise<{ project: string } | undefined> {
  if (name === undefined) return undefined;
  const project = await findProject(api, name);
  if (!project) throw new AppError("NOT_FOUND", `there is no project ${name}`);
  return { project: project.id };
}

async function listTargets({ project, json }: { project?: string; json?: true }): Promise<void> {
  const api = openApi();
  const query = await projectQuery(api, project);
  const targets = await api.list("/targets", TargetResource, query ? { query } : {});
  if (json) return printJson(targets);
  if (targets.length === 0) return printLine("No targets. Add one: picket target add <url> --reason <why>");
  printTable([
    ["TARGET", "ENVIRONMENT", "BUDGET", "LAST SCAN"],
    ...targets.map(({ baseUrl, environment, budget, lastScan }) => [
      baseUrl,
      environment,
      `${budget.rps}/s, ${budget.concurrency} at once`,
      lastScan ? `${lastScan.status.replaceAll("_", " ")} ${lastScan.createdAt.toISOString()}` : "none",
    ]),
  ]);
}

export function registerTargetCommands(program: Command): void {
  const target = program.command("target").description("Applications that may be scanned.");
  target
    .command("add <url>")
    .description("Add a target, with its project and the scope entry that lets it be scanned.")
    .requiredOption("--reason <why>", "why it may be scanned; kept with the scope entry")
    .option("--added-by <who>", "the person who answers for it", userInfo().username)
    .option("--project <name>", "project that owns it", "default")
    .addOption(new Option("--environment <kind>").choices(Environment.options).default("test"))
    .option("--name <name>", "what people call it; default: its host")
    .option("--rps <number>", "requests per second over all workers; default 10", positiveNumber)
    .option("--json", "one JSON document")
    .action(addTarget);
  target
    .command("list")
    .description("List targets.")
    .option("--project <name>")
    .option("--json", "one JSON document")
    .action(listTargets);
  target
    .command("import <url> <file>")
    .description("Import endpoints from a HAR recording or an OpenAPI or Swagger file.")
    .option("--json", "one JSON document")
    .action(importFile);
}
