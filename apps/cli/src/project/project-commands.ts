import { AppError, ProjectResource } from "@picket/core";
import type { Command } from "commander";
import { openApi } from "../api.ts";
import { printJson, printLine, printTable } from "../output.ts";
import { findProject } from "../target/setup.ts";

async function setApprovers(name: string, roles: string[], { json }: { json?: true }): Promise<void> {
  const api = openApi();
  const project = await findProject(api, name);
  if (!project) throw new AppError("NOT_FOUND", `there is no project ${name}`);
  const path = `/projects/${project.id}/exception-approvers`;
  const changed = await api.send("PATCH", path, ProjectResource, { roles });
  if (json) printJson(changed);
  else printLine(`Exceptions of ${name} are decided by ${changed.exceptionApprovers.join(" or ")}.`);
}

async function listProjects({ json }: { json?: true }): Promise<void> {
  const projects = await openApi().list("/projects", ProjectResource);
  if (json) return printJson(projects);
  printTable([
    ["PROJECT", "TARGETS", "EXCEPTIONS DECIDED BY"],
    ...projects.map(({ name, targetCount, exceptionApprovers }) => [
      name,
      String(targetCount),
      exceptionApprovers.join(" or "),
    ]),
  ]);
}

export function registerProjectCommands(program: Command): void {
  const project = program.command("project").description("What owns targets and their scope.");
  project
    .command("list")
    .description("List projects.")
    .option("--json", "one JSON document")
    .action(listProjects);
  project
    .command("approvers <project> <roles...>")
    .description(
      "Say which roles decide about exceptions: operator, approver, admin. Needs an admin's token.",
    )
    .option("--json", "one JSON document")
    .action(setApprovers);
}
