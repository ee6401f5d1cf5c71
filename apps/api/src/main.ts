import { parseArgs } from "node:util";
import { type ApiConfig, configSecrets, loadApiConfig } from "@picket/config";
import { AppError, toAppError } from "@picket/core";
import { createLogger, runProgram, stopOnSignal } from "@picket/logging";
import { issueToken } from "./create-token.ts";
import { serve } from "./serve.ts";

const HELP = `Picket API

  node apps/api/src/main.ts                 serve until SIGTERM or SIGINT; a second signal ends at once
  node apps/api/src/main.ts create-token --name <name> --person <whom it stands for>
    --role <viewer|operator|approver|admin> [--expires-days <n>]
                                            print a new token, and nothing else, on standard output

The configuration comes from the environment; what is missing is listed.
`;

const OPTIONS = {
  help: { type: "boolean", short: "h" },
  name: { type: "string" },
  role: { type: "string" },
  person: { type: "string" },
  "expires-days": { type: "string" },
} as const;

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parsedArguments(args);
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const [command = "serve", ...others] = positionals;
  if (others.length > 0) throw new AppError("INVALID_INPUT", `too many arguments: ${others.join(" ")}`);
  switch (command) {
    case "serve":
      return serveUntilSignal(loadApiConfig());
    case "create-token": {
      const token = await issueToken(loadApiConfig(), { ...values, expiresDays: values["expires-days"] });
      process.stdout.write(`${token}\n`);
      return;
    }
    default:
      throw new AppError("INVALID_INPUT", `there is no command ${command}`, { hint: "See --help." });
  }
}

function parsedArguments(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    const { message } = toAppError(cause);
    throw new AppError("INVALID_INPUT", message, { hint: "See --help.", cause });
  }
}

async function serveUntilSignal(config: ApiConfig): Promise<void> {
  const logger = createLogger({
    service: "api",
    level: config.logLevel,
    format: config.logFormat,
    secrets: configSecrets(),
  });
  const api = await serve(config, logger);
  stopOnSignal(api, logger, config.shutdownGraceMs);
}

runProgram("picket-api", main);
