import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { testService } from "./environment.ts";
import { waitFor } from "./wait-for.ts";

type Process = { pid: number; parent: number; command: string };

/**
 * Throws, naming them, when processes that this test process started (or their children) still live after
 * `timeoutMs` (default 2,000). The services of the test run do not count.
 */
export async function assertNoLeakedProcesses({
  timeoutMs = 2_000,
}: {
  timeoutMs?: number;
} = {}): Promise<void> {
  let left: Process[] = [];
  const ended = async () => {
    left = await descendants(process.pid);
    return left.length === 0;
  };
  await waitFor(ended, { timeoutMs, intervalMs: 100 }).catch(() => {
    throw new Error(
      `processes still run:\n${left.map(({ pid, command }) => `${pid} ${command.slice(0, 120)}`).join("\n")}`,
    );
  });
}

async function descendants(root: number): Promise<Process[]> {
  const shared = new Set(testService("SERVICE_PIDS").split(",").map(Number));
  const all = (await runningProcesses()).filter(
    ({ pid, command }) => !shared.has(pid) && !command.startsWith("ps -eo"),
  );
  const childrenOf = (pid: number): Process[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...childrenOf(child.pid)]);
  return childrenOf(root);
}

async function runningProcesses(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,ppid=,stat=,args="]);
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    const isZombie = state?.startsWith("Z") ?? true;
    return isZombie ? [] : [{ pid: Number(pid), parent: Number(parent), command: command ?? "" }];
  });
}
