import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Runs a command and ends it when standard input reaches its end: that is, when the process that holds the other
 * side stops it, ends, or is killed. After the signals the command has 15 s before the whole group is killed.
 * Arguments: signals, folder to delete at the end (or nothing), command and its arguments.
 */
const SUPERVISOR = `
signals=$1 scratch=$2; shift 2
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
watch() {
  read -r _ <&3
  for signal in $signals; do kill -s "$signal" "$child"; done
  sleep 15 & nap=$!
  trap 'kill "$nap"; wait "$nap"; exit' TERM
  wait "$nap"
  kill -s KILL 0
}
watch 2>/dev/null &
exec 3<&-
wait "$child" 2>/dev/null; code=$?
trap "" TERM; kill -s TERM 0; wait
[ -z "$scratch" ] || rm -rf "$scratch"
exit "$code"
`;

export type SuperviseOptions = {
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Standard output and standard error are appended to this file; without one they go to the terminal. */
  logFile?: string;
  /** What is sent, one after the other, for an orderly end. Default TERM. */
  stopSignals?: ("TERM" | "INT")[];
  /** Unix user and group to run as; needs root. Default: the caller's own. */
  user?: { uid: number; gid: number } | undefined;
  /** Folder that is deleted when the command has ended, however it ended. */
  scratch?: string | undefined;
};

export type Supervised = {
  pid: number;
  /** Resolves with the exit code once the command and its process group have ended. */
  exited: Promise<number>;
  /** Throws with the end of the log when the command has ended by itself. */
  assertRunning(): void;
  /** Asks for an orderly end and waits; kills after `graceMs` (default 20,000). Safe to call twice. */
  stop(graceMs?: number): Promise<void>;
};

/** Starts a command that cannot outlive this process, even if this process is killed with SIGKILL. */
export function supervise(options: SuperviseOptions): Supervised {
  const child = spawnSupervisor(options);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${options.command} cannot be started: /bin/sh was not found`);
  let ended = false;
  const exited = new Promise<number>((resolve) => {
    child.once("exit", (code) => {
      ended = true;
      resolve(code ?? 1);
    });
  });
  return {
    pid,
    exited,
    assertRunning: () => {
      if (ended) throw new Error(`${options.command} ended early${logTail(options.logFile)}`);
    },
    stop: async (graceMs = 20_000) => {
      child.stdin?.end();
      const timer = setTimeout(() => killGroup(pid), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

function spawnSupervisor(options: SuperviseOptions): ChildProcess {
  const log = options.logFile ? openLog(options.logFile) : "inherit";
  const signals = (options.stopSignals ?? ["TERM"]).join(" ");
  const child = spawn(
    "/bin/sh",
    ["-c", SUPERVISOR, "supervise", signals, options.scratch ?? "", options.command, ...options.args],
    {
      // A session of its own: Ctrl-C in the terminal reaches only the parent, which decides the order of the end.
      detached: true,
      stdio: ["pipe", log, log],
      env: options.env ?? process.env,
      ...(options.cwd ? { cwd: options.cwd } : {}),
      ...options.user,
    },
  );
  if (typeof log === "number") closeSync(log);
  child.stdin?.on("error", () => undefined);
  return child;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group ended between the check and the signal.
  }
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  return openSync(file, "a");
}

function logTail(file: string | undefined): string {
  if (!file) return "";
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").slice(-15);
  return ` (${file}):\n${lines.join("\n")}`;
}
