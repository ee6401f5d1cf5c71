import { execSync, fork, spawn, spawnSync } from "node:child_process";
import cluster from "node:cluster";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import {
  fstatSync,
  openAsBlob,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { get } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import * as inspector from "node:inspector";
import { createRequire, register } from "node:module";
import { connect, createServer, type Socket } from "node:net";
import { hostname, setPriority, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { connect as connectTls } from "node:tls";
import { pathToFileURL } from "node:url";
import { writeHeapSnapshot } from "node:v8";
import { WASI } from "node:wasi";
import { Worker } from "node:worker_threads";
import type { Bait } from "../src/escape-probe.ts";

/**
 * What a plugin with ill intent would try. A probe returns true when it got out: it reached, read, changed or started
 * something that is not its own. One that throws, hangs or returns false was held.
 */

/** What lies outside for the probes to find. */
export interface Lure extends Bait {
  /** Answers plain HTTP and completes a WebSocket's handshake. */
  httpPort: number;
  unixSocket: string;
  abstractSocket: string;
  /** Beside the program, a link to `file`. */
  link: string;
  /** A file of Picket's own. */
  repositoryFile: string;
  /** A library that is no addon. */
  library: string;
  hostName: string;
  /** File systems of the host. */
  devices: number[];
  /** Name of a variable in the control's environment. */
  variable: string;
}

const PROBE_MS = 500;

async function reaches(socket: Socket, event = "connect"): Promise<boolean> {
  try {
    await once(socket, event, { signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } finally {
    socket.destroy();
  }
}

async function exchangeDatagram(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  socket.send("probe", port, "127.0.0.1");
  try {
    return (await once(socket, "message", { signal: AbortSignal.timeout(PROBE_MS) })).length > 0;
  } finally {
    socket.close();
  }
}

async function asksNameServer(port: number): Promise<boolean> {
  const resolver = new Resolver({ timeout: PROBE_MS, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return resolver.resolve4("probe.invalid").then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === "EREFUSED",
  );
}

/** A port that another process has taken is taken only in the same network. */
async function sharesPorts(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  const error = await once(server, "listening").then(
    () => null,
    (refusal: NodeJS.ErrnoException) => refusal,
  );
  server.close();
  return error?.code === "EADDRINUSE";
}

async function starts(child: ReturnType<typeof spawn>): Promise<boolean> {
  await once(child, "spawn", { signal: AbortSignal.timeout(PROBE_MS) });
  child.kill("SIGKILL");
  return true;
}

const holds = (bytes: string | Uint8Array) => bytes.length > 0;
const reads = (path: string | URL) => holds(readFileSync(path));

function evaluateInInspector(file: string): boolean {
  const session = new inspector.Session();
  session.connect();
  let value = "";
  const expression = `process.getBuiltinModule("fs").readFileSync(${JSON.stringify(file)}, "utf8")`;
  session.post("Runtime.evaluate", { expression }, (_error, { result }) => {
    value = String(result.value ?? "");
  });
  session.disconnect();
  return holds(value);
}

/** Beyond what the process was given (0 to 3), its descriptors are node's own: events, pipes, the sandbox's root. */
function inheritsFile(devices: readonly number[]): boolean {
  return Array.from({ length: 60 }, (_, index) => index + 4).some((fd) => {
    try {
      const stat = fstatSync(fd);
      return stat.isSocket() || devices.includes(stat.dev);
    } catch {
      return false;
    }
  });
}

/** Loading any library runs its code; that it is no addon shows afterwards. */
function loadsLibrary(path: string): boolean {
  try {
    process.dlopen({ exports: {} }, path);
    return true;
  } catch (error) {
    return error instanceof Error && /self-regist/.test(error.message);
  }
}

/** The undocumented face of node, as far as it is tried. */
interface Bindings {
  spawn_sync: { spawn(options: { file: string; args: string[]; stdio: object[] }): { status: number } };
  fs: { readFileUtf8(path: string, flags: number): string };
}

function binding<Name extends keyof Bindings>(name: Name): Bindings[Name] {
  return (process as unknown as { binding(name: Name): Bindings[Name] }).binding(name);
}

/** Not imported: a bundle that names it does not load where it is switched off. */
function opensDatabase(path: string): boolean {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  // Opening makes the file; what is written to it then is limited by prlimit alone.
  return new DatabaseSync(path) instanceof DatabaseSync;
}

const EMPTY_MODULE = "data:text/javascript,export {}";
const NO_STDIO = Array.from({ length: 3 }, () => ({ type: "ignore" }));

type Probe = (lure: Lure) => unknown;

export const PROBES = {
  net: ({ tcpPort }) => reaches(connect(tcpPort, "127.0.0.1")),
  tls: ({ tcpPort }) => reaches(connectTls({ port: tcpPort, host: "127.0.0.1" })),
  dgram: ({ udpPort }) => exchangeDatagram(udpPort),
  dns: ({ udpPort }) => asksNameServer(udpPort),
  http: ({ httpPort }) => once(get({ port: httpPort, timeout: PROBE_MS }), "response").then(() => true),
  http2: async ({ tcpPort }) => {
    const session = connectHttp2(`http://127.0.0.1:${tcpPort}`);
    session.on("error", () => undefined);
    return once(session, "connect").then(() => true);
  },
  fetch: async ({ httpPort }) => (await fetch(`http://127.0.0.1:${httpPort}/`)).ok,
  websocket: ({ httpPort }) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${httpPort}/`);
      socket.onopen = () => resolve(true);
      socket.onerror = reject;
    }),
  unix_socket: ({ unixSocket }) => reaches(connect(unixSocket)),
  abstract_socket: ({ abstractSocket }) => reaches(connect(`\0${abstractSocket}`)),
  shared_ports: ({ tcpPort }) => sharesPorts(tcpPort),

  spawn_shell: () => spawnSync("/bin/sh", ["-c", "exit 0"]).status === 0,
  spawn_node: () => starts(spawn(process.execPath, ["--version"], { stdio: "ignore" })),
  fork: () => starts(fork("/nowhere.js", { stdio: "ignore" })),
  exec: () => holds(execSync("echo out")),
  cluster: async () => {
    cluster.setupPrimary({ exec: "/nowhere.js", silent: true });
    return starts(cluster.fork().process);
  },
  worker_thread: () => once(new Worker("", { eval: true }), "online").then(() => true),
  loader_thread: () => {
    register(EMPTY_MODULE);
    return true;
  },

  binding_spawn: () =>
    binding("spawn_sync").spawn({ file: "/bin/sh", args: ["sh", "-c", "exit 0"], stdio: NO_STDIO }).status ===
    0,
  binding_fs: ({ file }) => holds(binding("fs").readFileUtf8(file, 0)),
  native_addon: ({ library }) => loadsLibrary(library),
  wasi: ({ folder }) => new WASI({ version: "preview1", preopens: { "/": folder } }) instanceof WASI,
  inspector_port: () => {
    inspector.open(0, "127.0.0.1");
    const isOpen = inspector.url() !== undefined;
    inspector.close();
    return isOpen;
  },
  inspector_session: ({ file }) => evaluateInInspector(file),

  proc_self_environ: () => holds(readFileSync("/proc/self/environ")),
  proc_self_memory: () => openSync("/proc/self/mem", "r+") > 0,
  proc_self_root: ({ file }) => reads(`/proc/self/root${file}`),
  proc_parent_environ: ({ parentPid }) => reads(`/proc/${parentPid}/environ`),
  proc_parent_command: ({ parentPid }) => reads(`/proc/${parentPid}/cmdline`),
  proc_parent_fds: ({ parentPid }) => holds(readdirSync(`/proc/${parentPid}/fd`).join()),
  proc_parent_cwd: ({ parentPid }) => holds(readlinkSync(`/proc/${parentPid}/cwd`)),
  proc_mounts: () => reads("/proc/self/mountinfo"),
  inherited_file: ({ devices }) => inheritsFile(devices),
  environment: ({ variable }) => process.env[variable] !== undefined,

  passwd: () => reads("/etc/passwd"),
  outside_file: ({ file }) => reads(file),
  outside_file_url: ({ file }) => reads(pathToFileURL(file)),
  outside_blob: async ({ file }) => holds(await (await openAsBlob(file)).text()),
  outside_env_file: ({ file }) => {
    process.loadEnvFile(file);
    return true;
  },
  outside_require: ({ repositoryFile }) => createRequire(repositoryFile)(repositoryFile) !== undefined,
  outside_import: async ({ repositoryFile }) =>
    (await import(repositoryFile, { with: { type: "json" } })) !== undefined,
  repository: ({ repositoryFile }) => reads(repositoryFile),
  other_bundles: ({ link }) => holds(readdirSync(dirname(link)).join()),
  traversal: ({ file }) => reads(`${dirname(process.argv[1] ?? "")}${"/..".repeat(12)}${file}`),
  symlink_read: ({ link }) => reads(link),
  symlink_made: ({ file, folder }) => {
    symlinkSync(file, join(folder, "made"));
    return true;
  },
  write_outside: ({ folder }) => {
    writeFileSync(join(folder, "written"), "");
    return true;
  },
  write_tmp: () => {
    writeFileSync(`/tmp/picket-probe-${process.pid}`, "");
    return true;
  },
  report_to_disk: ({ folder }) => holds(process.report.writeReport(join(folder, "report.json"))),
  heap_to_disk: ({ folder }) => holds(writeHeapSnapshot(join(folder, "heap"))),
  database: ({ folder }) => opensDatabase(join(folder, "database")),

  signal_parent: ({ parentPid }) => process.kill(parentPid, 0),
  slow_parent: ({ parentPid }) => {
    setPriority(parentPid, 1);
    return true;
  },
  host_name: ({ hostName }) => hostname() === hostName,
  user_name: () => holds(userInfo().username),
  // biome-ignore lint/security/noGlobalEval: the probe
  eval: () => eval("true"),
  new_function: () => new Function("return true")(),
} satisfies Record<string, Probe>;

/** Other ways to make code from data; what they make is as confined as the rest, so they count as no escape. */
export const HARMLESS: Record<string, Probe> = {
  web_assembly: () => typeof Reflect.get(globalThis, "WebAssembly").compile === "function",
  vm: () => process.getBuiltinModule("node:vm").runInThisContext("true"),
};

async function isOpen(probe: Probe, lure: Lure): Promise<boolean> {
  try {
    const late = new Promise<false>((resolve) => setTimeout(resolve, 2 * PROBE_MS, false));
    return (await Promise.race([probe(lure), late])) === true;
  } catch {
    return false;
  }
}

/**
 * Writes the names of the probes that got out to the channel, and ends the process.
 * @public called by the entry that the test bundles
 */
export async function tryEverything(lure: Lure): Promise<void> {
  process.on("uncaughtException", () => undefined);
  const open: string[] = [];
  for (const [name, probe] of Object.entries({ ...PROBES, ...HARMLESS }))
    if (await isOpen(probe, lure)) open.push(name);
  writeSync(3, JSON.stringify({ open }));
  process.exit(0);
}
