import { readFile } from "node:fs/promises";
import { type RunningProcess, runningProcesses } from "../services/index.ts";

/** Every process of a test run inherits this variable, unless it is started with an environment of its own. */
export const RUN_VARIABLE = "PICKET_TEST_RUN";

/** Processes that a test run started and that still live: in one of its sessions, or with its variable. */
export async function findLeftovers(runId: string, sessions: ReadonlySet<number>): Promise<RunningProcess[]> {
  const others = (await runningProcesses()).filter(({ pid }) => pid !== process.pid);
  const isOurs = await Promise.all(
    others.map(
      async ({ pid, session }) =>
        sessions.has(session) || (await environmentOf(pid)).includes(`${RUN_VARIABLE}=${runId}`),
    ),
  );
  return others.filter((_, i) => isOurs[i]);
}

/** Empty where the system has no /proc, and for other users' processes: the session then decides alone. */
function environmentOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
}
