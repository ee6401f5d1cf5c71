import { toAppError } from "@picket/core";
import type { Logger } from "./logger.ts";

/** Runs a program's `main` with the command line's arguments. What it throws is told on standard error, exit code 1. */
export function runProgram(name: string, main: (args: string[]) => Promise<void>): void {
  main(process.argv.slice(2)).catch((thrown) => {
    const { message, hint } = toAppError(thrown);
    process.stderr.write(`${name}: ${message}\n${hint === undefined ? "" : `${hint}\n`}`);
    process.exit(1);
  });
}

interface Stoppable {
  /** Lets what is under way end for so long, ms. */
  stop(graceMs: number): Promise<void>;
}

/**
 * At the first SIGTERM or SIGINT stops what runs and ends the process: exit code 0, or 1 when it did not stop cleanly.
 * A second signal ends it at once, exit code 1.
 */
export function stopOnSignal(running: Stoppable, logger: Logger, graceMs: number): void {
  let isStopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      logger.info("stopping", { signal, graceMs });
      running.stop(graceMs).then(
        () => process.exit(0),
        (error) => {
          logger.error("not stopped cleanly", { error });
          process.exit(1);
        },
      );
    });
  }
}
