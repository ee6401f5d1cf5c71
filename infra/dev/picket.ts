import { spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../database/index.ts";

// The command line, on the workspace's Node: `npm run picket -- plugin new packages/plugins/my-check`.
const main = join(ROOT, "apps/cli/src/main.ts");
const cli = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => cli.kill(signal));
cli.once("exit", (code) => process.exit(code ?? 1));
