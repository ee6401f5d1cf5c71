import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { generateClient, ROOT } from "../database/index.ts";
import {
  ensureSystemTools,
  freePort,
  type Supervised,
  supervise,
  until,
  WORKER_FLAGS,
} from "../services/index.ts";
import { startBackingServices } from "./backing-services.ts";
import { DATA, loadSecrets, lockDataFolder } from "./data-folder.ts";
import type { Scope } from "./scope.ts";

const API_MAIN = "apps/api/src/main.ts";
const WORKER_MAIN = "apps/worker/src/main.ts";
const CALLBACK_MAIN = "apps/callback/src/main.ts";
/** Enough to show that work is shared; more load means more of them. */
const WORKERS = 2;
/** Taken when free, so that the addresses stay the same from start to start. */
const PREFERRED_PORT = 4_000;
const PREFERRED_CALLBACK_PORT = 4_200;
/** Longer than the 10 s that API and workers give what is under way. */
const STOP_GRACE_MS = 15_000;

export type Platform = {
  /** Origin of the API, without a trailing slash. */
  apiUrl: string;
  /** Connection of the role that owns the tables. */
  ownerUrl: string;
  /** Makes an API token with the role admin and returns it; it is shown nowhere else. Default: never expires. */
  createAdminToken(name: string, expiresDays?: number): Promise<string>;
};

/** Starts services, API and workers, and waits until the API is ready; `scope` ends them in reverse. */
export async function startPlatform(scope: Scope, say: (line: string) => void): Promise<Platform> {
  scope.defer(await lockDataFolder());
  ensureSystemTools({ say, redis: !process.env.REDIS_URL });
  say("Starting Postgres and Redis …");
  const [{ ownerUrl, ...services }] = await Promise.all([startBackingServices(scope), generateClient()]);
  const port = process.env.PORT ? Number(process.env.PORT) : await freePort(PREFERRED_PORT);
  const host = process.env.HOST ?? "127.0.0.1";
  const callbacks = await callbackDefaults();
  const env = { ...defaults(), ...callbacks, ...process.env, ...services, HOST: host, PORT: String(port) };
  say(`Starting the API and ${WORKERS} workers …`);
  const apiUrl = `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`;
  await startProcesses(scope, { apiUrl, env });
  return {
    apiUrl,
    ownerUrl,
    createAdminToken: (name, expiresDays) => createAdminToken(env, name, expiresDays),
  };
}

/** Settings that a local platform needs and that the environment may override. */
function defaults(): NodeJS.ProcessEnv {
  return {
    ...loadSecrets(),
    ...(process.env.S3_BUCKET ? {} : { STORAGE_DIR: join(DATA, "bodies") }),
    PLUGIN_CACHE_DIR: join(DATA, "plugin-cache"),
    // A machine without bubblewrap still scans; every scan records the level it ran at.
    ISOLATION_MINIMUM: "permission",
  };
}

/** A listener for callbacks that targets on this machine can reach. */
async function callbackDefaults(): Promise<NodeJS.ProcessEnv> {
  const port = process.env.CALLBACK_PORT ?? String(await freePort(PREFERRED_CALLBACK_PORT));
  return { CALLBACK_PORT: port, CALLBACK_URL: `http://127.0.0.1:${port}` };
}

type ProcessOptions = { apiUrl: string; env: NodeJS.ProcessEnv };

async function startProcesses(scope: Scope, { apiUrl, env }: ProcessOptions): Promise<void> {
  const api = startProcess("api", [join(ROOT, API_MAIN)], env);
  const workers = Array.from({ length: WORKERS }, (_, i) =>
    startProcess(`worker-${i + 1}`, [...WORKER_FLAGS, join(ROOT, WORKER_MAIN)], env),
  );
  const callback = startProcess("callback", [join(ROOT, CALLBACK_MAIN)], env);
  const all = [api, callback, ...workers];
  scope.defer(async () => {
    await Promise.all(all.map(({ stop }) => stop(STOP_GRACE_MS)));
  });
  const guard = () => {
    for (const { assertRunning } of all) assertRunning();
  };
  const checkReady = async () => {
    const response = await fetch(`${apiUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
    if (!response.ok) throw new Error(`the API is not ready: ${await response.text()}`);
  };
  await until(checkReady, { guard });
}

function startProcess(name: string, args: string[], env: NodeJS.ProcessEnv): Supervised {
  const logFile = join(DATA, "logs", `${name}.log`);
  return supervise({ command: process.execPath, args, env, cwd: ROOT, logFile });
}

async function createAdminToken(env: NodeJS.ProcessEnv, name: string, expiresDays?: number): Promise<string> {
  const expiry = expiresDays ? ["--expires-days", String(expiresDays)] : [];
  const whose = ["--name", name, "--person", userInfo().username, "--role", "admin"];
  const args = [join(ROOT, API_MAIN), "create-token", ...whose, ...expiry];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd: ROOT });
  return stdout.trim();
}
