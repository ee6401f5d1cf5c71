import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

export type RunningProcess = {
  pid: number;
  parent: number;
  /** Pid of the process that began the session; 0 where the system does not say. */
  session: number;
  /** Program and arguments. */
  command: string;
};

/** All processes of the machine that have not ended; from /proc where there is one, as slim images have no `ps`. */
export async function runningProcesses(): Promise<RunningProcess[]> {
  if (process.platform !== "linux") return processesFromPs();
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => readProcess(pid).catch(() => null)));
  return found.filter((entry) => entry !== null);
}

/** Null for one that has ended and only waits for its parent to notice. Throws when it is gone. */
async function readProcess(pid: string): Promise<RunningProcess | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // proc_pid_stat(5): pid (name) state parent group session …; the name may hold any character.
  const [state, parent, , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z" || state === "X") return null;
  const command = (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
  return { pid: Number(pid), parent: Number(parent), session: Number(session), command };
}

async function processesFromPs(): Promise<RunningProcess[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,stat=,args="]);
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, state, command = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    const isGone = !state || state.startsWith("Z") || command.startsWith("ps -axo");
    return isGone ? [] : [{ pid: Number(pid), parent: Number(parent), session: 0, command }];
  });
}

/** Program and arguments of a process, or "" when there is none. */
export async function commandOf(pid: number): Promise<string> {
  return (await runningProcesses()).find((entry) => entry.pid === pid)?.command ?? "";
}
