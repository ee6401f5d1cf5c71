/** How a program is started: each tool by its path, or null to do without. */
export interface Launcher {
  node: string;
  /** Node's permission model, and what closes its gaps. */
  hasPermissions: boolean;
  /** `bwrap`: own network, processes, users and file system. */
  bubblewrap: string | null;
  /** seccomp filter for bubblewrap to lay: no new processes, no sockets. Null where there is none for the processor. */
  filter: Buffer | null;
  /** `prlimit`: memory beside the JavaScript heap, open files, core dumps, file sizes. */
  prlimit: string | null;
  /** `setpriv`: no new privileges, death with the parent; as root also another user. */
  setpriv: string | null;
  isRoot: boolean;
  /** Files that node needs to start. */
  sharedObjects: readonly string[];
}

export interface Program {
  /** A bundled program. */
  path: string;
  args?: readonly string[];
  /** JavaScript heap and, again, buffers, MiB. */
  memoryMb: number;
}

export interface Command {
  file: string;
  args: string[];
  /** To be written to `FILTER_FD`; null when nothing reads it. */
  filter: Buffer | null;
}

/** Beside the channel, 3. */
export const FILTER_FD = 4;

/** `nobody`, in the sandbox and, when the worker is root, outside. */
const NOBODY = "65534";

/**
 * Writable memory that Node 26 maps before it runs anything, MiB: 512 for machine code, which it reserves as a whole,
 * and about 60 for thread stacks (`VmData` of an idle process on x86-64: 561).
 */
const PROCESS_BASE_MB = 640;

/** Node holds about 25 files open. */
const MAX_OPEN_FILES = 64;

/** Where the program is in the sandbox, and node. */
export const PROGRAM_INSIDE = "/plugin.cjs";
const NODE_INSIDE = "/node";

function bind(path: string, inside = path): string[] {
  return ["--ro-bind", path, inside];
}

function setprivArgs(setpriv: string, isRoot: boolean): string[] {
  const user = isRoot ? ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"] : [];
  return [setpriv, ...user, "--no-new-privs", "--pdeathsig", "KILL"];
}

function prlimitArgs(prlimit: string, memoryMb: number): string[] {
  const data = (PROCESS_BASE_MB + 2 * memoryMb) * 1024 * 1024;
  return [prlimit, `--data=${data}`, `--nofile=${MAX_OPEN_FILES}`, "--core=0", "--fsize=0"];
}

/**
 * Bubblewrap's part. The process has no terminal (it leads a session of its own already), so it stays in its process
 * group, where one signal ends it with everything in it.
 */
function bubblewrapArgs(bubblewrap: string, launcher: Launcher, program: string): string[] {
  const { node, sharedObjects, filter } = launcher;
  return [
    ...[bubblewrap, "--unshare-all", "--die-with-parent", "--cap-drop", "ALL", "--clearenv"],
    ...["--uid", NOBODY, "--gid", NOBODY, "--hostname", "plugin", "--chdir", "/"],
    ...sharedObjects.flatMap((path) => bind(path)),
    ...bind(node, NODE_INSIDE),
    ...bind(program, PROGRAM_INSIDE),
    ...(filter ? ["--seccomp", String(FILTER_FD)] : []),
    ...["--remount-ro", "/", "--"],
  ];
}

/** The model does not know of `node:sqlite`, which opens and writes any file (Node 26.10); nor of code made from text. */
function permissionArgs(path: string): string[] {
  return [
    ...["--permission", `--allow-fs-read=${path}`],
    ...["--no-experimental-sqlite", "--disallow-code-generation-from-strings"],
  ];
}

function nodeArgs({ node, bubblewrap, hasPermissions }: Launcher, program: Program): string[] {
  const path = bubblewrap ? PROGRAM_INSIDE : program.path;
  return [
    bubblewrap ? NODE_INSIDE : node,
    ...(hasPermissions ? permissionArgs(path) : []),
    `--max-old-space-size=${program.memoryMb}`,
    // A pattern that would backtrack for ever runs in linear time instead, where V8 can.
    "--enable-experimental-regexp-engine-on-excessive-backtracks",
    path,
    ...(program.args ?? []),
  ];
}

/** The command that starts `program`: setpriv → prlimit → bwrap → node, each if there. */
export function launchCommand(launcher: Launcher, program: Program): Command {
  const { setpriv, prlimit, bubblewrap, isRoot } = launcher;
  const [file = "", ...args] = [
    ...(setpriv ? setprivArgs(setpriv, isRoot) : []),
    ...(prlimit ? prlimitArgs(prlimit, program.memoryMb) : []),
    ...(bubblewrap ? bubblewrapArgs(bubblewrap, launcher, program.path) : []),
    ...nodeArgs(launcher, program),
  ];
  return { file, args, filter: bubblewrap ? launcher.filter : null };
}
