import { AppError, ExceptionResource, ExceptionScope, ExceptionStatus } from "@picket/core";
import { type Command, Option } from "commander";
import { openApi } from "../api.ts";
import { atMost, wholeNumber } from "../arguments.ts";
import { oneLine, plural, printJson, printLine, printTable } from "../output.ts";
import { expiry } from "./expiry.ts";

interface ProposeFlags {
  scope: ExceptionScope;
  instance?: string;
  route?: string;
  reason: string;
  owner: string;
  ticket?: string;
  expires: Date;
  json?: true;
}

function scopeOf({ scope, instance, route }: ProposeFlags) {
  if (scope === "instance" && !instance)
    throw missing("--instance <id>", "GET /findings/<id>/instances lists them.");
  if (scope === "type_on_route" && !route) throw missing("--route <route>", "such as --route /product/{id}");
  return { kind: scope, ...(instance && { instanceId: instance }), ...(route && { route }) };
}

function missing(option: string, hint: string): AppError {
  return new AppError("INVALID_INPUT", `this scope needs ${option}`, { hint });
}

async function propose(findingId: string, flags: ProposeFlags): Promise<void> {
  const { reason, owner, ticket, expires, json } = flags;
  const body = { findingId, scope: scopeOf(flags), reason, owner, expiresAt: expires.toISOString() };
  const proposal = ticket === undefined ? body : { ...body, ticket };
  printProposal(await openApi().send("POST", "/exceptions", ExceptionResource, proposal), json);
}

function printProposal(exception: ExceptionResource, json?: true): void {
  if (json) printJson(exception);
  else {
    printLine(
      `Proposed until ${exception.expiresAt.toISOString()}. Another person than ${exception.requesterPerson} approves it:`,
    );
    printLine(`  picket exception approve ${exception.id}`);
  }
}

/** What becomes of an exception by one word. */
async function act(id: string, verb: "approve" | "reject" | "revoke", json?: true): Promise<void> {
  const path = `/exceptions/${encodeURIComponent(id)}/${verb}`;
  const exception = await openApi().send("POST", path, ExceptionResource);
  if (json) return printJson(exception);
  const until = exception.status === "active" ? ` until ${exception.expiresAt.toISOString()}` : "";
  printLine(`Now ${exception.status}${until}.`);
}

interface ExtendFlags {
  expires: Date;
  reason: string;
  json?: true;
}

async function extend(id: string, { expires, reason, json }: ExtendFlags): Promise<void> {
  const path = `/exceptions/${encodeURIComponent(id)}/extend`;
  const body = { reason, expiresAt: expires.toISOString() };
  printProposal(await openApi().send("POST", path, ExceptionResource, body), json);
}

interface ListFlags {
  target?: string;
  finding?: string;
  status?: ExceptionStatus;
  stale?: true;
  most: number;
  json?: true;
}

async function list({ target, finding, status, stale, most, json }: ListFlags): Promise<void> {
  const query = {
    ...(target && { target }),
    ...(finding && { finding }),
    ...(status && { status }),
    ...(stale && { stale }),
  };
  const exceptions = await openApi().list("/exceptions", ExceptionResource, { query, most });
  if (json) return printJson(exceptions);
  if (exceptions.length === 0) return printLine("No exceptions.");
  printTable([
    ["EXCEPTION", "STATUS", "EXPIRES", "SCOPE", "TYPE", "OWNER", "REASON"],
    ...exceptions.map((exception) => [
      exception.id,
      exception.isStale ? `${exception.status}, stale` : exception.status,
      exception.expiresAt.toISOString().slice(0, 10),
      oneLine([exception.scope.kind.replaceAll("_", " "), exception.scope.route ?? ""].join(" ").trim(), 40),
      exception.findingType,
      oneLine(exception.owner, 20),
      oneLine(exception.reason, 40),
    ]),
  ]);
  printLine(atMost(plural(exceptions.length, "exception"), exceptions.length, most));
}

const JSON_OPTION = ["--json", "one JSON document"] as const;
const EXPIRES = "30d, 2027-01-31 or a point in time; at most 365 days from now";

export function registerExceptionCommands(program: Command): void {
  const exception = program
    .command("exception")
    .description("Accept findings for a time: one person proposes, another decides.");
  exception
    .command("propose <finding>")
    .description("Propose to accept a finding.")
    .addOption(
      new Option("--scope <kind>", "what is accepted").choices(ExceptionScope.options).makeOptionMandatory(),
    )
    .option("--instance <id>", "the place, of scope instance")
    .option("--route <route>", "the route, of scope type_on_route")
    .requiredOption("--reason <why>", "why it can be accepted")
    .requiredOption("--owner <who>", "the person who answers for it")
    .requiredOption("--expires <when>", EXPIRES, expiry)
    .option("--ticket <id>")
    .option(...JSON_OPTION)
    .action(propose);
  for (const [verb, description] of [
    ["approve", "Approve a proposal that somebody else made."],
    ["reject", "Reject a proposal that somebody else made."],
    ["revoke", "End an active exception; what it covered shows again at once."],
  ] as const)
    exception
      .command(`${verb} <exception>`)
      .description(description)
      .option(...JSON_OPTION)
      .action((id: string, { json }: { json?: true }) => act(id, verb, json));
  exception
    .command("extend <exception>")
    .description("Propose a longer term; the present one stays in force until its own end.")
    .requiredOption("--expires <when>", EXPIRES, expiry)
    .requiredOption("--reason <why>", "why it can be accepted for longer")
    .option(...JSON_OPTION)
    .action(extend);
  exception
    .command("list")
    .description("List exceptions, newest first.")
    .option("--target <id>")
    .option("--finding <id>", "asked for from this finding")
    .addOption(new Option("--status <status>").choices(ExceptionStatus.options))
    .option("--stale", "active ones that covered nothing in the last three complete scans")
    .option("--most <count>", "how many at the most", wholeNumber, 100)
    .option(...JSON_OPTION)
    .action(list);
}
