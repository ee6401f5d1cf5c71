import { join } from "node:path";
import { ROOT } from "../database/index.ts";
import { type Supervised, supervise } from "../services/index.ts";

/** Runs a program on the terminal; true when it ended with exit code 0. */
export type RunCommand = (program: string, args: string[], options?: { cwd?: string }) => Promise<boolean>;

export type CommandRunner = {
  run: RunCommand;
  /** Ends the program that runs, with all it started. */
  abort(): Promise<void>;
  /** Sessions of all programs run so far: whatever they start stays in them. */
  sessions: ReadonlySet<number>;
};

/** Absolute path of a workspace tool. */
export function tool(name: string): string {
  return join(ROOT, "node_modules/.bin", name);
}

export function createCommandRunner(): CommandRunner {
  const sessions = new Set<number>();
  let current: Supervised | undefined;
  return {
    sessions,
    abort: async () => current?.stop(2_000),
    run: async (command, args, { cwd = ROOT } = {}) => {
      current = supervise({ command, args, cwd });
      sessions.add(current.pid);
      return (await current.exited) === 0;
    },
  };
}
