import { readFile } from "node:fs/promises";
import { AppError, AuthProfileResource, KeyRotation, type TargetResource } from "@picket/core";
import type { Command } from "commander";
import { z } from "zod";
import { type Api, openApi } from "../api.ts";
import { plural, printJson, printLine, printTable } from "../output.ts";
import { findTarget } from "../target/setup.ts";
import { readSecrets } from "./read-secret.ts";

async function targetAt(api: Api, url: string): Promise<TargetResource> {
  const target = await findTarget(api, url);
  if (!target) throw new AppError("NOT_FOUND", `there is no target ${url}`);
  return target;
}

async function profilesOf(api: Api, url?: string): Promise<AuthProfileResource[]> {
  const query = url === undefined ? {} : { query: { target: (await targetAt(api, url)).id } };
  return api.list("/auth-profiles", AuthProfileResource, query);
}

/** The profile of a target that has this name or id. */
export async function findAuthProfile(api: Api, url: string, name: string): Promise<AuthProfileResource> {
  const found = (await profilesOf(api, url)).find((profile) => profile.name === name || profile.id === name);
  if (found) return found;
  throw new AppError("NOT_FOUND", `the target has no auth profile ${name}`, {
    hint: "`picket auth list` shows them.",
  });
}

/** Recipe and probe as the API takes them. Throws INVALID_INPUT. */
async function readRecipe(file: string): Promise<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    throw new AppError("INVALID_INPUT", `${file} cannot be read as a JSON object`, { cause });
  }
}

interface WriteFlags {
  secret: string[];
  json?: true;
}

function said(profile: AuthProfileResource, { json }: WriteFlags): void {
  if (json) printJson(profile);
  else printLine(`${profile.id}  ${profile.name}, ${profile.recipe.kind}, version ${profile.version}`);
}

const sources = { env: process.env, stdin: process.stdin };

async function addProfile(url: string, file: string, flags: WriteFlags & { name: string }): Promise<void> {
  const api = openApi();
  const { id: targetId } = await targetAt(api, url);
  const body = { ...(await readRecipe(file)), targetId, name: flags.name };
  const secrets = await readSecrets(flags.secret, sources);
  said(await api.send("POST", "/auth-profiles", AuthProfileResource, { ...body, secrets }), flags);
}

async function setProfile(url: string, name: string, flags: WriteFlags & { file?: string }): Promise<void> {
  const api = openApi();
  const { id } = await findAuthProfile(api, url, name);
  const change = flags.file === undefined ? {} : await readRecipe(flags.file);
  const secrets = await readSecrets(flags.secret, sources);
  const body = flags.secret.length === 0 ? change : { ...change, secrets };
  said(await api.send("PATCH", `/auth-profiles/${id}`, AuthProfileResource, body), flags);
}

async function listProfiles(url: string | undefined, { json }: { json?: true }): Promise<void> {
  const profiles = await profilesOf(openApi(), url);
  if (json) return printJson(profiles);
  if (profiles.length === 0)
    return printLine("No auth profiles. Add one: picket auth add <url> <file> --name <name>");
  printTable([
    ["NAME", "KIND", "ORIGIN", "VERSION", "SECRETS (KEY)"],
    ...profiles.map(({ name, recipe, origin, version, secrets }) => [
      name,
      recipe.kind,
      origin,
      String(version),
      secrets.map(({ field, keyId }) => `${field} (${keyId})`).join(", "),
    ]),
  ]);
}

async function removeProfile(url: string, name: string): Promise<void> {
  const api = openApi();
  const { id } = await findAuthProfile(api, url, name);
  await api.send("DELETE", `/auth-profiles/${id}`, z.unknown());
  printLine("Removed, with its secrets.");
}

async function rotate(): Promise<void> {
  const { keyId, rotated } = await openApi().send("POST", "/auth-profiles/rotate-keys", KeyRotation);
  printLine(`${plural(rotated, "secret")} moved; all are under key ${keyId} now.`);
}

export function registerAuthCommands(program: Command): void {
  const auth = program.command("auth").description("Let scans log in.");
  const secret = [
    "--secret <field=source>",
    "`password=-` from standard input, `password=env:NAME` from a variable; may be repeated",
  ] as const;
  const collect = (entry: string, before: string[]) => [...before, entry];
  auth
    .command("add <url> <file>")
    .description("Add an auth profile to a target; the file holds recipe and probe as JSON.")
    .requiredOption("--name <name>", "what scans call it")
    .option(...secret, collect, [])
    .option("--json", "one JSON document")
    .action(addProfile);
  auth
    .command("set <url> <name>")
    .description("Replace secrets, or recipe and probe.")
    .option("--file <file>", "JSON with what is to change")
    .option(...secret, collect, [])
    .option("--json", "one JSON document")
    .action(setProfile);
  auth
    .command("list [url]")
    .description("List auth profiles; their secrets cannot be read.")
    .option("--json", "one JSON document")
    .action(listProfiles);
  auth
    .command("remove <url> <name>")
    .description("Delete an auth profile and its secrets.")
    .action(removeProfile);
  auth
    .command("rotate-keys")
    .description("Put all secrets under the first of the platform's SECRET_KEYS.")
    .action(rotate);
}
