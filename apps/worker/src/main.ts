import { parseArgs } from "node:util";
import { configSecrets, loadWorkerConfig, settingsTable } from "@picket/config";
import { AppError, toAppError } from "@picket/core";
import { createLogger, runProgram, stopOnSignal } from "@picket/logging";
import { startWorker } from "./start-worker.ts";

const HELP = `Picket worker

  node apps/worker/src/main.ts      run scans until SIGTERM or SIGINT; a second signal ends at once

Any number of workers share the work. The configuration comes from the environment:

`;

async function main(args: string[]): Promise<void> {
  if (wantsHelp(args)) {
    const [head = "", line = "", ...rows] = settingsTable().split("\n");
    const own = rows.filter((row) => row.split("|")[2]?.includes("worker"));
    process.stdout.write(`${HELP}${[head, line, ...own].join("\n")}\n`);
    return;
  }
  const config = loadWorkerConfig();
  const { logLevel: level, logFormat: format } = config;
  const logger = createLogger({ service: "worker", level, format, secrets: configSecrets() });
  const worker = await startWorker(config, logger);
  stopOnSignal(worker, logger, config.shutdownGraceMs);
}

function wantsHelp(args: string[]): boolean {
  try {
    return parseArgs({ args, options: { help: { type: "boolean", short: "h" } } }).values.help ?? false;
  } catch (cause) {
    throw new AppError("INVALID_INPUT", toAppError(cause).message, { hint: "See --help.", cause });
  }
}

runProgram("picket-worker", main);
