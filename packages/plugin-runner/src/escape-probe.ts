import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

/**
 * A program that tries to get out and says what worked. It runs in every level of isolation at start, and without any
 * in a test, so that a probe that can never succeed is noticed.
 */

/** What the parent lays out for the probe to find. */
export interface Bait {
  tcpPort: number;
  udpPort: number;
  file: string;
  folder: string;
  parentPid: number;
}

const WAIT_MS = 300;

function dial(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: WAIT_MS });
    socket.once("connect", () => resolve(true));
    socket.once("timeout", () => resolve(false));
    socket.once("error", reject);
  });
}

/** A datagram alone proves nothing, as a sandbox has a loopback of its own: the bait answers. */
function exchangeDatagram(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", reject);
    socket.once("message", () => resolve(true));
    setTimeout(resolve, WAIT_MS, false);
    socket.send("probe", port, "127.0.0.1");
  });
}

/** The bait's name server refuses every question, which proves that it was asked. */
async function resolveName(port: number): Promise<boolean> {
  const resolver = new Resolver({ timeout: WAIT_MS, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  try {
    await resolver.resolve4("probe.invalid");
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EREFUSED";
  }
}

const PROBES = {
  tcp: ({ tcpPort }) => dial(tcpPort),
  udp: ({ udpPort }) => exchangeDatagram(udpPort),
  dns: ({ udpPort }) => resolveName(udpPort),
  read_file: ({ file }) => readFileSync(file).byteLength > 0,
  read_passwd: () => readFileSync("/etc/passwd").byteLength > 0,
  write_file: ({ folder }) => {
    writeFileSync(join(folder, "written"), "x");
    return true;
  },
  spawn: () => spawnSync("/bin/sh", ["-c", "exit 0"]).status === 0,
  environment: () => Object.keys(process.env).some((name) => name !== "PWD"),
  parent_environment: ({ parentPid }) => readFileSync(`/proc/${parentPid}/environ`).byteLength > 0,
  other_processes: ({ parentPid }) => readdirSync("/proc").includes(String(parentPid)),
  signal_parent: ({ parentPid }) => process.kill(parentPid, 0),
} satisfies Record<string, (bait: Bait) => boolean | Promise<boolean>>;

/**
 * Runs every probe; a probe that throws was blocked.
 * @public called by the entry that `bundleProbe` writes
 */
export async function probeEscapes(bait: Bait): Promise<void> {
  const open: string[] = [];
  for (const [name, probe] of Object.entries(PROBES)) {
    try {
      if (await probe(bait)) open.push(name);
    } catch {
      // Blocked, as it must be.
    }
  }
  writeSync(3, JSON.stringify({ open }));
  process.exit(0);
}
