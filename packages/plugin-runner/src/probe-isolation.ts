import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { AppError } from "@picket/core";
import { z } from "zod";
import { type Bundle, bundleEntry } from "./bundle-plugin.ts";
import type { Bait } from "./escape-probe.ts";
import type { Launcher } from "./launch.ts";
import { spawnProgram } from "./spawn-program.ts";

const Report = z.strictObject({ open: z.array(z.string()) });

const PROBE_TIMEOUT_MS = 10_000;
const PROBE_MEMORY_MB = 64;

/** The query with the response bit and code 5, refused (RFC 1035 §4.1.1). */
function refusal(query: Buffer): Buffer {
  const reply = Buffer.concat([query, Buffer.alloc(4)]).subarray(0, Math.max(4, query.byteLength));
  reply[2] = (reply[2] ?? 0) | 0x80;
  reply[3] = ((reply[3] ?? 0) & 0xf0) | 5;
  return reply;
}

export interface LaidBait extends Bait {
  takeUp(): Promise<void>;
}

/** A listener, a name server and a file outside the sandbox, for the probe to reach if it can. */
export async function layBait(): Promise<LaidBait> {
  const folder = await mkdtemp(join(tmpdir(), "picket-bait-"));
  const file = join(folder, "secret");
  // Open to everyone: what keeps the probe out must be the isolation, not the file's mode.
  await chmod(folder, 0o777);
  await writeFile(file, "secret", { mode: 0o644 });
  const tcp = createServer((socket) => socket.destroy());
  tcp.listen(0, "127.0.0.1");
  const udp = createSocket("udp4");
  udp.on("message", (query, { port, address }) => udp.send(refusal(query), port, address));
  udp.bind(0, "127.0.0.1");
  await Promise.all([once(tcp, "listening"), once(udp, "listening")]);
  const address = tcp.address();
  return {
    tcpPort: typeof address === "object" && address ? address.port : 0,
    udpPort: udp.address().port,
    file,
    folder,
    parentPid: process.pid,
    async takeUp() {
      tcp.close();
      udp.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The program that tries to get out. */
export function bundleProbe(cacheDir: string): Promise<Bundle> {
  const entry = `import { probeEscapes } from "./escape-probe.ts";
probeEscapes(JSON.parse(process.argv[2]));`;
  return bundleEntry(entry, import.meta.dirname, { cacheDir });
}

export interface ProbeOptions {
  /** Default: empty. */
  env?: NodeJS.ProcessEnv;
  /** Default 10,000. */
  timeoutMs?: number;
}

/** Names of the probes that got out under `launcher`. Throws ISOLATION_UNAVAILABLE when the probe cannot even start. */
export async function probeIsolation(
  launcher: Launcher,
  probe: Bundle,
  bait: Bait,
  { env = {}, timeoutMs = PROBE_TIMEOUT_MS }: ProbeOptions = {},
): Promise<string[]> {
  const args = [JSON.stringify(bait)];
  const child = spawnProgram(
    launcher,
    { path: probe.path, args, memoryMb: PROBE_MEMORY_MB },
    { env, timeout: timeoutMs, killSignal: "SIGKILL" },
  );
  child.stdout?.resume();
  const channel = child.stdio[3];
  if (!(channel instanceof Duplex) || !child.stderr) throw new AppError("INTERNAL", "the probe has no pipes");
  const closed = once(child, "close").catch((error: Error) => [error.message]);
  const [report, problem, [code]] = await Promise.all([text(channel), text(child.stderr), closed]);
  const parsed = Report.safeParse(tryParseJson(report));
  if (parsed.success) return parsed.data.open;
  throw new AppError(
    "ISOLATION_UNAVAILABLE",
    `${child.spawnfile} ended with ${code}: ${problem.trim().slice(-500)}`,
  );
}

function tryParseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
