import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role } from "@picket/core";
import {
  assertNoLeakedProcesses,
  createTestDatabase,
  createTestRedis,
  freePort,
  waitFor,
} from "@picket/testing";

const APPS = join(import.meta.dirname, "../../..");

export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** An API and a worker process, and the command line against them. */
export interface RunningPlatform {
  /** What all of them are started with; the command line with what a test makes of it. */
  env: NodeJS.ProcessEnv;
  picket(...args: string[]): Promise<Ended>;
  /** With this on its standard input. */
  picketGiven(input: string, ...args: string[]): Promise<Ended>;
  createToken(role: Role): Promise<string>;
  /** Holds the worker still, or lets it go on. */
  signalWorker(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Throws when a process is left over. */
  stop(): Promise<void>;
}

/** With a database and a Redis database of their own, and the token of an administrator. */
export async function startPlatform(): Promise<RunningPlatform> {
  const [database, redis, folder, port] = await Promise.all([
    createTestDatabase(),
    createTestRedis(),
    mkdtemp(join(tmpdir(), "picket-cli-test-")),
    freePort(),
  ]);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH ?? "",
    DATABASE_URL: database.appUrl,
    REDIS_URL: redis.url,
    QUEUE_PREFIX: redis.prefix,
    STORAGE_DIR: folder,
    TOKEN_PEPPER: "p".repeat(32),
    SECRET_KEYS: `k1:${"ab".repeat(32)}`,
    PORT: String(port),
    API_URL: `http://127.0.0.1:${port}`,
    PLUGIN_CACHE_DIR: join(tmpdir(), "picket-test-plugin-cache"),
    ISOLATION_MINIMUM: "permission",
    LOG_LEVEL: "error",
    BREAKER_OPEN_MS: "5000",
  };
  const start = (main: string, ...args: string[]) =>
    spawn(process.execPath, [join(APPS, main), ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const url = env.API_URL;
  const [api, worker] = [start("api/src/main.ts"), start("worker/src/main.ts")];
  const ends = [endOf(api), endOf(worker)];
  const stop = async () => {
    for (const service of [api, worker]) service.kill("SIGTERM");
    const ended = await Promise.all(ends);
    await Promise.all([redis.close(), database.drop(), rm(folder, { recursive: true })]);
    await assertNoLeakedProcesses();
    return ended;
  };
  const isReady = async () => (await fetch(`${url}/readyz`)).ok;
  await waitFor(isReady, { timeoutMs: 60_000, what: "the API" }).catch(async (cause) => {
    throw new Error(`the API does not start: ${JSON.stringify(await stop())}`, { cause });
  });
  const createToken = async (role: Role) => {
    const { out } = await endOf(
      start(
        "api/src/main.ts",
        "create-token",
        ...["--name", `e2e ${role}`, "--person", role, "--role", role],
      ),
    );
    return out.trim();
  };
  env.API_TOKEN = await createToken("admin");
  const offersPlugins = async () => {
    const headers = { authorization: `Bearer ${env.API_TOKEN}` };
    const { items } = (await (await fetch(`${url}/plugins`, { headers })).json()) as { items: unknown[] };
    return items.length > 0;
  };
  await waitFor(offersPlugins, { timeoutMs: 90_000, what: "the worker's plugins" });
  return {
    env,
    picket: (...args) => endOf(start("cli/src/main.ts", ...args)),
    picketGiven(input, ...args) {
      const child = spawn(process.execPath, [join(APPS, "cli/src/main.ts"), ...args], { env });
      child.stdin.end(input);
      return endOf(child);
    },
    createToken,
    signalWorker: (signal) => void worker.kill(signal),
    stop: async () => void (await stop()),
  };
}

async function endOf(child: ChildProcess): Promise<Ended> {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk) => (out += chunk));
  child.stderr?.on("data", (chunk) => (err += chunk));
  const [code] = await once(child, "close");
  return { code, out, err };
}
