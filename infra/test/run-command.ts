import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../database/index.ts";

/** Runs a program on the terminal; true when it ended with exit code 0. */
export type RunCommand = (program: string, args: string[], options?: { cwd?: string }) => Promise<boolean>;

export type CommandRunner = {
  run: RunCommand;
  /** Ends the program that runs, with all it started. */
  abort(): void;
  /** Sessions of all programs run so far: whatever they start stays in them. */
  sessions: ReadonlySet<number>;
};

/** Absolute path of a workspace tool. */
export function tool(name: string): string {
  return join(ROOT, "node_modules/.bin", name);
}

export function createCommandRunner(env: NodeJS.ProcessEnv): CommandRunner {
  const sessions = new Set<number>();
  let current: ChildProcess | undefined;
  return {
    sessions,
    abort: () => killSession(current),
    run: async (program, args, { cwd = ROOT } = {}) => {
      const child = spawn(program, args, {
        cwd,
        env,
        detached: true,
        stdio: ["ignore", "inherit", "inherit"],
      });
      if (child.pid) sessions.add(child.pid);
      current = child;
      const code = await new Promise<number>((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (exitCode) => resolve(exitCode ?? 1));
      });
      current = undefined;
      return code === 0;
    },
  };
}

function killSession(child: ChildProcess | undefined): void {
  if (!child?.pid) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}
