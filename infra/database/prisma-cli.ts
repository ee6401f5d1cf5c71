import { spawn } from "node:child_process";
import { dirname, join, resolve } from "node:path";

/** The repository's root folder. */
export const ROOT = resolve(import.meta.dirname, "../..");

export type PrismaResult = { code: number; output: string };

export type PrismaOptions = {
  /** Database of the commands that need one. */
  ownerUrl?: string | undefined;
  /** Let Prisma use the terminal; `output` is empty then. Default false. */
  show?: boolean;
  /** Folder with prisma.config.ts. Default: the repository's. */
  folder?: string;
};

/** Runs Prisma's command line with the WebAssembly engine. */
export async function runPrisma(args: string[], options: PrismaOptions = {}): Promise<PrismaResult> {
  const { ownerUrl, show = false, folder = join(ROOT, "prisma") } = options;
  const cli = join(ROOT, "node_modules/prisma/build/index.js");
  const child = spawn(process.execPath, [cli, ...args, "--config", join(folder, "prisma.config.ts")], {
    cwd: ROOT,
    env: prismaEnvironment(ownerUrl),
    stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  const code = await new Promise<number>((settle, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => settle(exitCode ?? 1));
  });
  return { code, output: output.trim() };
}

function prismaEnvironment(ownerUrl?: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // The engine is a script that starts with `#!/usr/bin/env node`: let it find the Node that runs this.
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
    PRISMA_SCHEMA_ENGINE_BINARY: join(ROOT, "infra/prisma-engine/schema-engine.mjs"),
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
    CHECKPOINT_DISABLE: "1",
    NODE_OPTIONS: "",
    ...(ownerUrl ? { DATABASE_OWNER_URL: ownerUrl } : {}),
  };
}
