import { IsolationLevel, RequestMarkName, RequestMarkValue } from "@picket/core";
import { z } from "zod";
import {
  CALLBACK_LISTENER_SETTINGS,
  CALLBACK_WORKER_SETTINGS,
  callbackProblems,
} from "./callback-settings.ts";
import { type NamedKey, SECRET_KEY_SETTINGS } from "./secret-keys.ts";
import { setting, urlOf, wholeNumber, withConfigKeys } from "./setting.ts";
import { STORAGE_SETTINGS, type StorageValues, storageConfig, storageProblems } from "./storage-settings.ts";

const LOG_SETTINGS = {
  LOG_LEVEL: setting(z.enum(["error", "warn", "info", "debug"]).default("info"), {
    description: "Least important level that is logged.",
  }),
  LOG_FORMAT: setting(z.enum(["json", "pretty"]).default("json"), {
    description: "One JSON object a line for machines, or coloured text for people.",
  }),
};

const REDIS_SETTINGS = {
  REDIS_URL: setting(urlOf("redis", "rediss"), {
    description: "Redis, with maxmemory-policy noeviction.",
    secret: true,
  }),
  QUEUE_PREFIX: setting(
    z
      .string()
      .regex(/^[\w{}.-]{1,64}$/, { error: "must be 1 to 64 letters, digits, braces, dots, dashes" })
      .default("{picket}"),
    { description: "First part of all Redis keys; the braces keep them on one node of a Redis cluster." },
  ),
};

/** What API and worker share: the same services, and where the API is. */
const SERVICE_SETTINGS = {
  ...LOG_SETTINGS,
  ...STORAGE_SETTINGS,
  ...SECRET_KEY_SETTINGS,
  DATABASE_URL: setting(urlOf("postgres", "postgresql"), {
    description: "Postgres, as the application's role. That role must not own the tables.",
    secret: true,
  }),
  DATABASE_POOL_MAX: setting(wholeNumber(1, 1_000).default(10), {
    description: "Most connections that one process opens.",
    unit: "connections",
  }),
  ...REDIS_SETTINGS,
  HOST: setting(z.string().default("127.0.0.1"), { description: "Address on which the API listens." }),
  PORT: setting(wholeNumber(0, 65_535).default(4_000), {
    description: "Port on which the API listens; 0: any free one.",
  }),
  PUBLIC_URL: setting(urlOf("http", "https").optional(), {
    description:
      "Address of the API as people and workers see it, when a proxy or a container is in between.",
  }),
  SHUTDOWN_GRACE_MS: setting(wholeNumber(0, 600_000).default(10_000), {
    description: "How long work in hand may go on after SIGTERM before it is cut off.",
    unit: "ms",
  }),
};

const API_SETTINGS = {
  ...SERVICE_SETTINGS,
  TOKEN_PEPPER: setting(z.string().min(32, { error: "must have at least 32 characters" }), {
    description: "Key of the HMAC under which API tokens are stored. Changing it makes all tokens invalid.",
    secret: true,
  }),
  RATE_LIMIT_PER_MINUTE: setting(wholeNumber(1, 1_000_000).default(600), {
    description: "Requests that one token, or one address without a token, may make.",
    unit: "requests/min",
  }),
  BODY_LIMIT_BYTES: setting(wholeNumber(1_024, 104_857_600).default(1_048_576), {
    description: "Longest request body.",
    unit: "bytes",
  }),
};

const WORKER_SETTINGS = {
  ...SERVICE_SETTINGS,
  ...CALLBACK_WORKER_SETTINGS,
  WORKER_CONCURRENCY: setting(wholeNumber(1, 256).default(4), {
    description: "Plugin processes that run at the same time in one worker.",
    unit: "processes",
  }),
  PLUGIN_DIRS: setting(
    z
      .string()
      .transform((text) => text.split(":").filter((dir) => dir !== ""))
      .default([]),
    { description: "Folders with plugins beside the built-in ones, separated by colons." },
  ),
  PLUGIN_DATA_DIR: setting(z.string().min(1).optional(), {
    description:
      "Folder with newer data for plugins: <plugin>/<name>.json takes the place of the plugin's own file of that name.",
  }),
  PLUGIN_CACHE_DIR: setting(z.string().default(".data/plugin-cache"), {
    description: "Folder for bundled plugins; may be deleted at any time.",
  }),
  ISOLATION_MINIMUM: setting(IsolationLevel.default("sandbox"), {
    description:
      "The least isolation under which plugins run; permission also accepts machines without bubblewrap.",
  }),
  LEASE_MS: setting(wholeNumber(1_000, 600_000).default(7_000), {
    description: "How long a module run stays a worker's own without a sign of life.",
    unit: "ms",
  }),
  BREAKER_OPEN_MS: setting(wholeNumber(100, 600_000).default(30_000), {
    description:
      "How long nothing is sent to a target that does not answer; each probe that fails doubles it, to 5 min at most.",
    unit: "ms",
  }),
  SWEEP_INTERVAL_MS: setting(wholeNumber(100, 600_000).default(3_000), {
    description: "How often lost work is looked for.",
    unit: "ms",
  }),
  SCAN_REQUEST_HEADER: setting(RequestMarkName.default("x-picket-scan"), {
    description: "Header that marks every request to a target, where the target has no mark of its own.",
  }),
  SCAN_REQUEST_MARKER: setting(RequestMarkValue.default("{scan}"), {
    description: "Value of that header; {scan} stands for the scan's id.",
  }),
  REDACT_EMAILS: setting(z.stringbool().default(false), {
    description: "Replace e-mail addresses in what is stored.",
  }),
  REDACT_CARDS: setting(z.stringbool().default(true), {
    description: "Replace payment card numbers in what is stored.",
  }),
  REDACTION_KEY: setting(z.string().min(32, { error: "must have at least 32 characters" }).optional(), {
    description:
      "Key of the HMAC that marks equal redacted values as equal. Without it, marks name the kind only.",
    secret: true,
  }),
};

/** No database, no bodies, nothing that opens a secret: strangers speak to it. */
const CALLBACK_SETTINGS = { ...LOG_SETTINGS, ...REDIS_SETTINGS, ...CALLBACK_LISTENER_SETTINGS };

const CLI_SETTINGS = {
  ...LOG_SETTINGS,
  API_URL: setting(urlOf("http", "https").default("http://127.0.0.1:4000"), {
    description: "The API that the command line talks to.",
  }),
  API_TOKEN: setting(z.string().optional(), { description: "Token for the API.", secret: true }),
  PLUGIN_CACHE_DIR: WORKER_SETTINGS.PLUGIN_CACHE_DIR,
  ISOLATION_MINIMUM: WORKER_SETTINGS.ISOLATION_MINIMUM,
};

const MIGRATION_SETTINGS = {
  DATABASE_OWNER_URL: setting(urlOf("postgres", "postgresql"), {
    description: "Postgres, as the role that owns the tables; for migrations only.",
    secret: true,
  }),
};

/** All settings, by the program that reads them. */
export const SETTINGS = {
  api: API_SETTINGS,
  worker: WORKER_SETTINGS,
  callback: CALLBACK_SETTINGS,
  cli: CLI_SETTINGS,
  migrations: MIGRATION_SETTINGS,
};

/** Runs even when a single setting is wrong, so that all problems are reported together. */
const STORAGE_RULE = z.superRefine<Partial<StorageValues>>(
  (values, context) => {
    for (const [variable, message] of storageProblems(values)) {
      context.addIssue({ code: "custom", path: [variable], message });
    }
  },
  { when: () => true },
);

const CALLBACK_RULE = z.superRefine<Parameters<typeof callbackProblems>[0]>(
  (values, context) => {
    for (const [variable, message] of callbackProblems(values))
      context.addIssue({ code: "custom", path: [variable], message });
  },
  { when: () => true },
);

interface KeyValues {
  SECRET_KEYS: NamedKey[];
  SECRET_KEYS_FILE: NamedKey[];
}

function withGroups<Values extends StorageValues & KeyValues>(values: Values) {
  const { SECRET_KEYS, SECRET_KEYS_FILE } = values;
  const grouped = [...Object.keys(STORAGE_SETTINGS), ...Object.keys(SECRET_KEY_SETTINGS)];
  const others = omitKeys(values, grouped as (keyof (StorageValues & KeyValues))[]);
  return {
    ...withConfigKeys(others),
    storage: storageConfig(values),
    secretKeys: SECRET_KEYS.length > 0 ? SECRET_KEYS : SECRET_KEYS_FILE,
  };
}

function omitKeys<Values extends object, Key extends keyof Values>(values: Values, keys: readonly Key[]) {
  const omitted = new Set<string>(keys as readonly string[]);
  return Object.fromEntries(Object.entries(values).filter(([key]) => !omitted.has(key))) as Omit<Values, Key>;
}

export const ApiConfig = z.object(API_SETTINGS).check(STORAGE_RULE).transform(withGroups);
export type ApiConfig = z.infer<typeof ApiConfig>;

export const WorkerConfig = z
  .object(WORKER_SETTINGS)
  .check(STORAGE_RULE, CALLBACK_RULE)
  .transform(withGroups);
export type WorkerConfig = z.infer<typeof WorkerConfig>;

const KEY_RULE = z.superRefine<{ CALLBACK_KEY?: string | undefined }>(
  ({ CALLBACK_KEY }, context) => {
    if (CALLBACK_KEY === undefined)
      context.addIssue({ code: "custom", path: ["CALLBACK_KEY"], message: "is missing" });
  },
  { when: () => true },
);

export const CallbackConfig = z
  .object(CALLBACK_SETTINGS)
  .check(KEY_RULE)
  .transform(({ CALLBACK_KEY = "", ...values }) => withConfigKeys({ ...values, CALLBACK_KEY }));
export type CallbackConfig = z.infer<typeof CallbackConfig>;

export const CliConfig = z.object(CLI_SETTINGS).transform(withConfigKeys);
export type CliConfig = z.infer<typeof CliConfig>;
