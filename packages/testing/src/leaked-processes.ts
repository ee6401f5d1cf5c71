import { type RunningProcess, runningProcesses } from "@picket/infra/services";
import { waitFor } from "./wait-for.ts";

/** What ran before this test file: the services of the test run, and what earlier files left in this worker. */
const before = new Set((await descendants(process.pid)).map(({ pid }) => pid));

/**
 * Throws, naming them, when processes that this test file started (or their children) still live after `timeoutMs`
 * (default 2,000).
 */
export async function assertNoLeakedProcesses({
  timeoutMs = 2_000,
}: {
  timeoutMs?: number;
} = {}): Promise<void> {
  let left: RunningProcess[] = [];
  const ended = async () => {
    left = (await descendants(process.pid)).filter(({ pid }) => !before.has(pid));
    return left.length === 0;
  };
  await waitFor(ended, { timeoutMs, intervalMs: 100 }).catch(() => {
    const lines = left.map(({ pid, command }) => `${pid} ${command.slice(0, 120)}`);
    throw new Error(`processes still run:\n${lines.join("\n")}`);
  });
}

async function descendants(root: number): Promise<RunningProcess[]> {
  const all = await runningProcesses();
  const childrenOf = (pid: number): RunningProcess[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...childrenOf(child.pid)]);
  return childrenOf(root);
}
