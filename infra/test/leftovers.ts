import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Every process of a test run inherits this variable, unless it is started with an environment of its own. */
export const RUN_VARIABLE = "PICKET_TEST_RUN";

export type Leftover = { pid: number; command: string };

/** Processes that a test run started and that still live: in one of its sessions, or with its variable. */
export function findLeftovers(runId: string, sessions: ReadonlySet<number>): Leftover[] {
  const lines = execFileSync("ps", ["-eo", "pid=,sess=,stat=,args="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, pid, session, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (!pid || !command || state?.startsWith("Z") || Number(pid) === process.pid) return [];
    const ours = sessions.has(Number(session)) || environmentOf(pid).includes(`${RUN_VARIABLE}=${runId}`);
    return ours ? [{ pid: Number(pid), command }] : [];
  });
}

/** Empty where the system has no /proc, and for other users' processes: the session then decides alone. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
