import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Supervised, type SuperviseOptions, supervise, until } from "../../services/index.ts";

/** A folder of its own for installed software: files, and processes that end with it. */
export interface Folder {
  path: string;
  write(name: string, text: string): Promise<string>;
  /** Copies what links lead to, so that nothing outside is ever written. Returns where it is. */
  copy(from: string, to: string): string;
  start(name: string, options: Omit<SuperviseOptions, "logFile">): Supervised;
  run(command: string, args: readonly string[], input?: string): string;
  /** Ends the processes, the last one first, and deletes everything. */
  close(): Promise<void>;
}

export async function createFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "picket-real-"));
  const started: Supervised[] = [];
  const run = (command: string, args: readonly string[], input = "") =>
    execFileSync(command, args, { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
  // Servers that are started as root go on as somebody else, who writes here.
  run("chmod", ["777", path]);
  return {
    path,
    run,
    async write(name, text) {
      await writeFile(join(path, name), text);
      return join(path, name);
    },
    copy(from, to) {
      run("mkdir", ["-p", join(path, to)]);
      run("cp", ["-rL", `${from}/.`, join(path, to)]);
      run("chmod", ["-R", "a+rwX", join(path, to)]);
      return join(path, to);
    },
    start(name, options) {
      const process = supervise({ ...options, logFile: join(path, `${name}.log`) });
      started.push(process);
      return process;
    },
    async close() {
      for (const process of started.toReversed()) await process.stop(10_000);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Waits until it answers HTTP at all. */
export async function answering(url: string, server: Supervised): Promise<string> {
  await until(() => fetch(url, { signal: AbortSignal.timeout(5_000) }), { guard: server.assertRunning });
  return url;
}

/** Those files that are not there. */
export function missing(files: readonly string[]): string[] {
  return files.filter((file) => !existsSync(file));
}
