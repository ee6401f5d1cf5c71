import { join } from "node:path";
import { ROOT } from "../database/index.ts";
import { DATA } from "../platform/data-folder.ts";
import { startPlatform } from "../platform/platform.ts";
import { runScoped, type Scope } from "../platform/scope.ts";
import { freePort, supervise, until } from "../services/index.ts";

/** The same address in every run, so that the second scan is compared with the first. */
const LAB_PORT = 4_100;

/** Starts the vulnerable lab application; returns its URL. */
async function startLab(scope: Scope): Promise<string> {
  const port = await freePort(LAB_PORT);
  const url = `http://127.0.0.1:${port}`;
  const lab = supervise({
    command: process.execPath,
    args: [join(ROOT, "packages/lab/src/main.ts"), "vulnerable", "--port", String(port)],
    logFile: join(DATA, "logs/lab.log"),
  });
  scope.defer(lab.stop);
  await until(() => fetch(url, { signal: AbortSignal.timeout(2_000) }), { guard: lab.assertRunning });
  return url;
}

function runCli(scope: Scope, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const command = { command: process.execPath, args: [join(ROOT, "apps/cli/src/main.ts"), ...args], env };
  const cli = supervise(command);
  scope.defer(cli.stop);
  return cli.exited;
}

await runScoped(async (scope) => {
  const { apiUrl, createAdminToken } = await startPlatform(scope, console.log);
  const [token, target] = await Promise.all([
    createAdminToken("demo", 1),
    process.argv[2] ?? startLab(scope),
  ]);
  return runCli(scope, ["demo", target], { ...process.env, API_URL: apiUrl, API_TOKEN: token });
});
