#!/usr/bin/env node
import { settingsTable } from "@picket/config";
import { type AppError, toAppError } from "@picket/core";
import { Command, CommanderError } from "commander";
import { registerAuditCommands } from "./audit/audit-commands.ts";
import { registerAuthCommands } from "./auth/auth-commands.ts";
import { registerDemoCommand } from "./demo/demo-command.ts";
import { registerExceptionCommands } from "./exception/exception-commands.ts";
import { registerFindingCommands } from "./finding/finding-commands.ts";
import { registerPluginCommands } from "./plugin/plugin-commands.ts";
import { registerProjectCommands } from "./project/project-commands.ts";
import { registerRecheckCommands } from "./recheck/recheck-commands.ts";
import { registerScanCommands } from "./scan/scan-commands.ts";
import { registerStopCommand } from "./scan/stop-command.ts";
import { registerScheduleCommands } from "./schedule/schedule-commands.ts";
import { registerTargetCommands } from "./target/target-commands.ts";
import { registerWorkerCommands } from "./worker/worker-commands.ts";

const EXIT_USAGE = 2;
const EXIT_ERROR = 3;

function createProgram(): Command {
  const program = new Command("picket")
    .description("Scan your own web applications: what is new, and what to fix first.")
    .addHelpText(
      "after",
      `
API_URL (default http://127.0.0.1:4000) and API_TOKEN say which platform to talk to.
Exit codes: 0 done, 1 done but the answer is no, 2 wrong usage, 3 error.`,
    )
    .showHelpAfterError("(--help lists commands and options)")
    .exitOverride();
  registerProjectCommands(program);
  registerTargetCommands(program);
  registerAuthCommands(program);
  registerScanCommands(program);
  registerStopCommand(program);
  registerFindingCommands(program);
  registerExceptionCommands(program);
  registerRecheckCommands(program);
  registerScheduleCommands(program);
  registerWorkerCommands(program);
  registerAuditCommands(program);
  registerPluginCommands(program);
  registerDemoCommand(program);
  program
    .command("config")
    .description("List every setting of API, workers and command line, as Markdown.")
    .action(() => {
      process.stdout.write(settingsTable());
    });
  return program;
}

function explain(thrown: unknown): void {
  if (thrown instanceof CommanderError) {
    process.exitCode = thrown.exitCode === 0 ? 0 : EXIT_USAGE;
    return;
  }
  const error: AppError = toAppError(thrown);
  process.stderr.write(`picket: ${error.message}\n${error.hint ? `  ${error.hint}\n` : ""}`);
  process.exitCode = EXIT_ERROR;
}

// A reader that has seen enough, as `picket findings | head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await createProgram().parseAsync();
} catch (thrown) {
  explain(thrown);
}
