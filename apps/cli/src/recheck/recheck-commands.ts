import { setTimeout as sleep } from "node:timers/promises";
import { AppError, RecheckResource, type RecheckVerdict } from "@picket/core";
import { type Command, InvalidArgumentError } from "commander";
import { type Api, openApi } from "../api.ts";
import { printJson, printLine, printTable } from "../output.ts";

const POLL_MS = 500;
/** Longer than a recheck may take: it ends by itself after 5 minutes. */
const WAIT_MS = 360_000;

const EXIT_CODES = { absent: 0, present: 1, inconclusive: 3 } as const satisfies Record<
  RecheckVerdict,
  number
>;

interface RecheckFlags {
  at?: string;
  claim?: true;
  wait?: true;
  json?: true;
}

function pointInTime(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new InvalidArgumentError("must be a point in time, such as 2026-12-01T08:00Z");
  return date.toISOString();
}

async function awaitVerdict(api: Api, id: string): Promise<RecheckResource> {
  const until = performance.now() + WAIT_MS;
  for (;;) {
    const recheck = await api.get(`/rechecks/${id}`, RecheckResource);
    if (recheck.verdict !== null) return recheck;
    if (performance.now() > until)
      throw new AppError("CONFLICT", `recheck ${id} has no verdict yet`, {
        hint: "Is a worker running? The recheck goes on; look again with picket rechecks.",
      });
    await sleep(POLL_MS);
  }
}

const WORDS = {
  present: "Present: it is still there.",
  absent: "Absent: looked again at every place, and it is gone. The finding is fixed.",
  inconclusive: "Inconclusive",
} as const satisfies Record<RecheckVerdict, string>;

function printVerdict({ verdict, reason, claimedBy, scanId }: RecheckResource): void {
  if (verdict === null) return;
  printLine(
    verdict === "inconclusive" ? `${WORDS.inconclusive}: ${reason}. Nothing changed.` : WORDS[verdict],
  );
  if (claimedBy && verdict === "present") printLine(`${claimedBy} had said that it was fixed.`);
  if (scanId) printLine(`Evidence: scan ${scanId}`);
}

async function recheck(finding: string, { at, claim, wait, json }: RecheckFlags): Promise<void> {
  if (claim && at) throw new AppError("INVALID_INPUT", "--claim is looked at now: leave out --at");
  const api = openApi();
  const path = `/findings/${encodeURIComponent(finding)}`;
  const asked = claim
    ? await api.send("POST", `${path}/claim-fix`, RecheckResource)
    : await api.send("POST", `${path}/recheck`, RecheckResource, at === undefined ? {} : { at });
  const shown = wait ? await awaitVerdict(api, asked.id) : asked;
  if (wait && shown.verdict !== null) process.exitCode = EXIT_CODES[shown.verdict];
  if (json) return printJson(shown);
  if (!wait) return printLine(shown.id);
  printVerdict(shown);
}

async function listRechecks({ finding, json }: { finding?: string; json?: true }): Promise<void> {
  const query = finding === undefined ? {} : { finding };
  const rechecks = await openApi().list("/rechecks", RecheckResource, { query, most: 50 });
  if (json) return printJson(rechecks);
  if (rechecks.length === 0) return printLine("No rechecks.");
  printTable([
    ["RECHECK", "FINDING", "DUE", "VERDICT", "ASKED FOR BY"],
    ...rechecks.map(({ id, findingId, dueAt, verdict, reason, requestedBy }) => [
      id,
      findingId,
      dueAt.toISOString(),
      verdict === null ? "none yet" : reason === null ? verdict : `${verdict} (${reason})`,
      requestedBy,
    ]),
  ]);
}

async function cancelRecheck(id: string): Promise<void> {
  const path = `/rechecks/${encodeURIComponent(id)}/cancel`;
  const { verdict } = await openApi().send("POST", path, RecheckResource);
  printLine(verdict === null ? "It ends with its scan." : "Taken back.");
}

export function registerRecheckCommands(program: Command): void {
  program
    .command("recheck <finding>")
    .description("Look at a finding again. With --wait, exit code 0: absent, 1: present, 3: inconclusive.")
    .option("--at <time>", "when, such as 2026-12-01T08:00Z; default: now", pointInTime)
    .option("--claim", "say that it is fixed; only the verdict makes it so")
    .option("--wait", "wait for the verdict")
    .option("--json", "one JSON document")
    .action(recheck);
  program
    .command("rechecks")
    .description("List rechecks, newest first, 50 at the most.")
    .option("--finding <id>", "of this finding only")
    .option("--json", "one JSON document")
    .action(listRechecks);
  program
    .command("recheck-cancel <recheck>")
    .description("Take a recheck back that waits or runs.")
    .action(cancelRecheck);
}
