import { userInfo } from "node:os";
import {
  AppError,
  Environment,
  FormSubmission,
  hrefOf,
  parseWebUrl,
  type RequestMark,
  type TargetChange,
  TargetResource,
} from "@picket/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Api, openApi } from "../api.ts";
import { positiveNumber } from "../arguments.ts";
import { printJson, printLine, printTable } from "../output.ts";
import { importFile } from "./import-file.ts";
import { ensureProject, ensureScope, ensureTarget, findProject, findTarget } from "./setup.ts";

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

interface RequestFlags {
  mark?: RequestMark | false;
  forms?: FormSubmission;
  destructive?: boolean;
  json?: true;
}

function markOf(text: string): RequestMark {
  const colon = text.indexOf(":");
  if (colon < 1)
    throw new InvalidArgumentError("must be a header, such as 'X-Security-Scan: team web, {scan}'");
  return { name: text.slice(0, colon).trim(), value: text.slice(colon + 1).trim() };
}

/** Shows how the target's scans ask, after what is to change has changed. */
async function targetRequests(url: string, { mark, forms, destructive, json }: RequestFlags): Promise<void> {
  const api = openApi();
  const found = await findTarget(api, url);
  if (!found)
    throw new AppError("NOT_FOUND", `there is no target ${url}`, { hint: "See: picket target list" });
  const requests: NonNullable<TargetChange["requests"]> = {
    ...(mark !== undefined && { mark: mark || null }),
    ...(forms && { forms }),
    ...(destructive !== undefined && { destructive }),
  };
  const isChange = Object.keys(requests).length > 0;
  const target = isChange
    ? await api.send("PATCH", `/targets/${found.id}`, TargetResource, { requests })
    : found;
  if (json) return printJson(target.requests);
  const { requests: now } = target;
  printTable([
    ["marked by", now.mark ? `${now.mark.name}: ${now.mark.value}` : "the installation's header"],
    ["forms submitted by", FORMS[now.forms]],
    ["what looks destructive", now.destructive ? "is asked for" : "is left out"],
  ]);
}

const FORMS: Record<FormSubmission, string> = {
  never: "no plugin",
  intrusive: "intrusive plugins",
  safe_active: "safe active and intrusive plugins",
};

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
    .command("requests <url>")
    .description("Show or change how a target's scans ask: their mark, and what plugins may send.")
    .option("--mark <header>", "header of every request, such as 'X-Security-Scan: team web, {scan}'", markOf)
    .option("--no-mark", "the installation's header")
    .addOption(new Option("--forms <who>", "which plugins may submit forms").choices(FormSubmission.options))
    .option("--destructive", "also ask for what looks as if it deleted or ended something")
    .option("--no-destructive", "leave that out")
    .option("--json", "one JSON document")
    .action(targetRequests);
  target
    .command("import <url> <file>")
    .description("Import endpoints from a HAR recording or an OpenAPI or Swagger file.")
    .option("--json", "one JSON document")
    .action(importFile);
}
