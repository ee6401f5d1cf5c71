import { pageOf, WorkerResource } from "@picket/core";
import type { Command } from "commander";
import { openApi } from "../api.ts";
import { plural, printJson, printLine, printTable } from "../output.ts";

async function listWorkers({ json }: { json?: true }): Promise<void> {
  const { items: workers } = await openApi().get("/workers", pageOf(WorkerResource));
  if (json) return printJson(workers);
  if (workers.length === 0) return printLine("No workers: scans wait until one starts.");
  printTable([
    ["WORKER", "SLOTS", "IN HAND", "STARTED", "SEEN"],
    ...workers.map(({ id, live, slots, inHand, startedAt, seenAt }) => [
      id,
      live ? String(slots) : "silent",
      String(inHand),
      startedAt.toISOString(),
      seenAt.toISOString(),
    ]),
  ]);
  const slots = workers.reduce((sum, worker) => sum + (worker.live ? worker.slots : 0), 0);
  printLine(`${plural(slots, "slot")} in all.`);
}

export function registerWorkerCommands(program: Command): void {
  program
    .command("workers")
    .description("List the workers, their slots and what they have in hand.")
    .option("--json", "one JSON document")
    .action(listWorkers);
}
