import { type RunningProcess, runningProcesses } from "@picket/infra/services";
import { testService } from "./environment.ts";
import { waitFor } from "./wait-for.ts";

/**
 * Throws, naming them, when processes that this test process started (or their children) still live after
 * `timeoutMs` (default 2,000). The services of the test run do not count.
 */
export async function assertNoLeakedProcesses({
  timeoutMs = 2_000,
}: {
  timeoutMs?: number;
} = {}): Promise<void> {
  let left: RunningProcess[] = [];
  const ended = async () => {
    left = await descendants(process.pid);
    return left.length === 0;
  };
  await waitFor(ended, { timeoutMs, intervalMs: 100 }).catch(() => {
    const lines = left.map(({ pid, command }) => `${pid} ${command.slice(0, 120)}`);
    throw new Error(`processes still run:\n${lines.join("\n")}`);
  });
}

async function descendants(root: number): Promise<RunningProcess[]> {
  const shared = new Set(testService("SERVICE_PIDS").split(",").map(Number));
  const all = (await runningProcesses()).filter(({ pid }) => !shared.has(pid));
  const childrenOf = (pid: number): RunningProcess[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...childrenOf(child.pid)]);
  return childrenOf(root);
}
