import { AppError } from "@picket/core";
import type { z } from "zod";
import { ApiConfig, CallbackConfig, CliConfig, SETTINGS, WorkerConfig } from "./config.ts";
import { aboutSetting, type Settings } from "./setting.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** All `loadX` throw one INVALID_CONFIG that lists every problem; a variable set to nothing counts as not set. */
export function loadApiConfig(env: Environment = process.env): ApiConfig {
  return load(ApiConfig, SETTINGS.api, env);
}

export function loadWorkerConfig(env: Environment = process.env): WorkerConfig {
  return load(WorkerConfig, SETTINGS.worker, env);
}

export function loadCallbackConfig(env: Environment = process.env): CallbackConfig {
  return load(CallbackConfig, SETTINGS.callback, env);
}

export function loadCliConfig(env: Environment = process.env): CliConfig {
  return load(CliConfig, SETTINGS.cli, env);
}

function load<Schema extends z.ZodType>(schema: Schema, settings: Settings, env: Environment) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw invalidConfig(result.error.issues, settings, given);
}

interface ConfigProblem {
  variable: string;
  problem: string;
  meaning: string;
}

function invalidConfig(
  issues: readonly z.core.$ZodIssue[],
  settings: Settings,
  given: Environment,
): AppError {
  const problems = issues.map((issue) => configProblem(issue, settings, given));
  const lines = problems.map(({ variable, problem, meaning }) => `  ${variable} ${problem}. (${meaning})`);
  return new AppError("INVALID_CONFIG", ["The configuration is not usable:", ...lines].join("\n"), {
    hint: "Set or mend the environment variables named above.",
    details: { problems },
  });
}

/** Says what is wrong without ever showing the value, which may be a secret. */
function configProblem(issue: z.core.$ZodIssue, settings: Settings, given: Environment): ConfigProblem {
  const variable = String(issue.path[0]);
  const schema = settings[variable];
  const isMissing = issue.code !== "custom" && given[variable] === undefined;
  return {
    variable,
    problem: isMissing ? "is missing" : wordsOf(issue),
    meaning: schema ? aboutSetting(schema).description.replace(/\.$/, "") : "",
  };
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_value") return issue.message;
  return `must be one of ${issue.values.join(", ")}`;
}
