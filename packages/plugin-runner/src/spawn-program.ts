import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { FILTER_FD, type Launcher, launchCommand, type Program } from "./launch.ts";

/** Bubblewrap reads the filter up to its end and closes the descriptor before it starts the program. */
function handOver(filter: Buffer, pipe: unknown): void {
  if (!(pipe instanceof Duplex)) return;
  // It did not start: its exit says so.
  pipe.on("error", () => undefined);
  pipe.resume();
  pipe.end(filter);
}

/** Starts a program with nothing on stdin, pipes on stdout and stderr, and the channel. Its environment is empty. */
export function spawnProgram(
  launcher: Launcher,
  program: Program,
  options: Omit<SpawnOptions, "stdio" | "cwd"> = {},
): ChildProcess {
  const { file, args, filter } = launchCommand(launcher, program);
  const pipes = ["ignore", "pipe", "pipe", "pipe", ...(filter ? ["pipe" as const] : [])] as const;
  const child = spawn(file, args, { env: {}, ...options, cwd: "/", stdio: [...pipes] });
  if (filter) handOver(filter, child.stdio[FILTER_FD]);
  return child;
}
