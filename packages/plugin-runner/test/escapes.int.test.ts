import { createHash } from "node:crypto";
import { once } from "node:events";
import { statSync } from "node:fs";
import { chmod, rm, symlink, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Bundle, bundleEntry } from "../src/bundle-plugin.ts";
import { detectIsolation, type Isolation } from "../src/isolation.ts";
import type { Launcher } from "../src/launch.ts";
import { type LaidBait, layBait, probeIsolation } from "../src/probe-isolation.ts";
import { HARMLESS, type Lure, PROBES } from "./escape-suite.ts";
import { openFolder } from "./harness.ts";

const EVERY = Object.keys(PROBES);
const VARIABLE = "PICKET_ESCAPE_PROBE";

let cacheDir: string;
let isolation: Isolation;
let suite: Bundle;
let bait: LaidBait;
let lure: Lure;
const servers: Server[] = [];

async function listening(server: Server, at: string | number): Promise<number> {
  if (typeof at === "number") server.listen(at, "127.0.0.1");
  else server.listen(at);
  await once(server, "listening");
  servers.push(server);
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

/** Answers everything, and opens a WebSocket (RFC 6455 §4.2.2). */
function createAnswering(): Server {
  const server = createHttpServer((_request, response) => response.end("here"));
  return server.on("upgrade", ({ headers }, socket) => {
    const key = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.on("error", () => undefined);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
  });
}

async function layLure(): Promise<Lure> {
  const [unixSocket, abstractSocket, link] = [
    join(bait.folder, "socket"),
    `picket-escape-${process.pid}`,
    join(cacheDir, "link"),
  ];
  await listening(createServer(), unixSocket);
  await chmod(unixSocket, 0o777);
  await listening(createServer(), `\0${abstractSocket}`);
  await symlink(bait.file, link);
  return {
    ...bait,
    httpPort: await listening(createAnswering(), 0),
    unixSocket,
    abstractSocket,
    link,
    repositoryFile: join(import.meta.dirname, "../package.json"),
    library: isolation.launcher.sharedObjects.find((path) => /libm\b/.test(path)) ?? "",
    hostName: hostname(),
    devices: ["/etc/passwd", "/", cacheDir, import.meta.dirname].map((path) => statSync(path).dev),
    variable: VARIABLE,
  };
}

beforeAll(async () => {
  cacheDir = await openFolder();
  isolation = await detectIsolation({ cacheDir, minimum: "sandbox" });
  suite = await bundleEntry(
    `import { tryEverything } from "./escape-suite.ts";
void tryEverything(JSON.parse(process.argv[2]));`,
    import.meta.dirname,
    { cacheDir },
  );
  bait = await layBait();
  lure = await layLure();
});

afterAll(async () => {
  for (const server of servers) server.close();
  await bait.takeUp();
  await rm(cacheDir, { recursive: true });
});

function escapes(change: Partial<Launcher>, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  return probeIsolation({ ...isolation.launcher, ...change }, suite, lure, { env, timeoutMs: 25_000 });
}

const only = (names: readonly string[], allowed: readonly string[]) =>
  names.filter((name) => !allowed.includes(name));

/** What the permission model alone does not hold; SECURITY.md lists them. A worker that is not root shares its user. */
const OPEN_UNDER_PERMISSION = [
  ...(process.getuid?.() === 0 ? [] : ["signal_parent", "slow_parent"]),
  "host_name",
  "user_name",
];

/** What bubblewrap and its filter alone leave to a process: threads, libraries and code of its own, nothing outside. */
const OPEN_UNDER_BUBBLEWRAP = ["worker_thread", "loader_thread", "native_addon", "eval", "new_function"];

/** Runs the control: a plain fork, which was handed a file by mistake. */
async function plainFork(): Promise<string[]> {
  const node = join(cacheDir, "node-with-a-file");
  await writeFile(node, `#!/bin/sh\nexec 9</etc/passwd; exec "${process.execPath}" "$@"\n`, { mode: 0o755 });
  const plain = { node, hasPermissions: false, bubblewrap: null, prlimit: null, setpriv: null };
  return escapes(plain, { ...process.env, [VARIABLE]: "1" });
}

describe(`${EVERY.length} ways out`, () => {
  it("are at least the thirty that S4 asks for", () => {
    expect(EVERY.length).toBeGreaterThanOrEqual(30);
  });

  it("are all closed in the sandbox", async () => {
    const harmless = Object.keys(HARMLESS);
    expect(only(await escapes({}), harmless)).toEqual([]);
  });

  it("are closed but for the ones that SECURITY.md lists with the permission model alone", async () => {
    const open = await escapes({ bubblewrap: null });
    expect(only(open, Object.keys(HARMLESS))).toEqual(OPEN_UNDER_PERMISSION);
  });

  it("lead nowhere with bubblewrap and its filter alone", async () => {
    // A thread with a heap of its own is more than the memory limit of a probe allows.
    const open = await escapes({ hasPermissions: false, prlimit: null });
    expect(only(open, Object.keys(HARMLESS))).toEqual(OPEN_UNDER_BUBBLEWRAP);
  });

  it("are all open in a plain fork: each probe can succeed", async () => {
    expect(only(EVERY, await plainFork())).toEqual([]);
  });
});
