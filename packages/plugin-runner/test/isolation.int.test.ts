import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Bundle } from "../src/bundle-plugin.ts";
import { detectIsolation, type Isolation } from "../src/isolation.ts";
import type { Launcher } from "../src/launch.ts";
import { bundleProbe, type LaidBait, layBait, probeIsolation } from "../src/probe-isolation.ts";
import { createHarness, FIXTURES, openFolder, processesWith, untilNoProcessWith } from "./harness.ts";

const EVERY_PROBE = [
  "tcp",
  "udp",
  "dns",
  "read_file",
  "read_passwd",
  "write_file",
  "spawn",
  "environment",
  "parent_environment",
  "other_processes",
  "signal_parent",
];

let cacheDir: string;
let isolation: Isolation;
let probe: Bundle;
let bait: LaidBait;

beforeAll(async () => {
  cacheDir = await openFolder();
  isolation = await detectIsolation({ cacheDir, minimum: "sandbox" });
  probe = await bundleProbe(cacheDir);
  bait = await layBait();
});

afterAll(async () => {
  await bait.takeUp();
  await rm(cacheDir, { recursive: true });
});

function escapes(change: Partial<Launcher>, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  return probeIsolation({ ...isolation.launcher, ...change }, probe, bait, { env });
}

describe("what a plugin can reach", () => {
  it("nothing in the sandbox", async () => {
    expect(isolation.level).toBe("sandbox");
    expect(await escapes({})).toEqual([]);
  });

  it("nothing with bubblewrap alone: the layers do not lean on each other", async () => {
    expect(await escapes({ hasPermissions: false })).toEqual([]);
  });

  it("nothing but signals to its own user with the permission model alone", async () => {
    expect(["signal_parent"]).toEqual(expect.arrayContaining(await escapes({ bubblewrap: null })));
  });

  it("everything in a plain fork: each probe can succeed", async () => {
    const plain = { hasPermissions: false, bubblewrap: null, prlimit: null, setpriv: null };
    expect(await escapes(plain, { ...process.env, CANARY: "1" })).toEqual(EVERY_PROBE);
  });
});

describe("a machine whose sandbox does not work", () => {
  const fake = async (name: string, script: string): Promise<string> => {
    const path = join(cacheDir, name);
    await writeFile(path, script, { mode: 0o755 });
    return path;
  };
  /** Starts what it was told to, with the paths from outside, and isolates nothing. */
  const transparent = () =>
    fake(
      "transparent",
      `#!/bin/sh
while [ "$1" != -- ]; do
  [ "$1" = --ro-bind ] && case "$3" in /node) node="$2" ;; /plugin.cjs) program="$2" ;; esac
  shift
done
shift 2
for word; do
  shift
  set -- "$@" "$(echo "$word" | sed "s|/plugin.cjs$|$program|")"
done
exec "$node" "$@"
`,
    );

  it.each<[string, () => Promise<string | null>, RegExp]>([
    ["is not installed", async () => null, /bubblewrap \(bwrap\) is not installed/],
    ["is gone", async () => "/nowhere/bwrap", /ended with|nowhere/],
    ["fails", async () => "/bin/false", /ended with 1/],
    ["ends well and starts nothing", async () => "/bin/true", /ended with 0/],
    ["isolates nothing", transparent, /a test plugin got out by/],
  ])("refuses to run plugins when bubblewrap %s, and says what to do", async (_case, tool, problem) => {
    const tools = { bwrap: await tool() };
    await expect(detectIsolation({ cacheDir, minimum: "sandbox", tools })).rejects.toMatchObject({
      code: "ISOLATION_UNAVAILABLE",
      message: expect.stringMatching(problem),
      hint: expect.stringMatching(/bubblewrap.*ISOLATION_MINIMUM=permission/),
    });
  });

  it("uses the weaker level when the operator allows it, and says so", async () => {
    const weak = await detectIsolation({ cacheDir, minimum: "permission", tools: { bwrap: "/bin/false" } });
    expect(weak).toMatchObject({ level: "permission", launcher: { bubblewrap: null } });
    expect(weak.weaknesses.join()).toMatch(/no sandbox/);
  });
});

it("does without a change of user when only that fails", async () => {
  const found = await detectIsolation({ cacheDir, minimum: "sandbox", tools: { setpriv: "/bin/false" } });
  expect(found).toMatchObject({ level: "sandbox", launcher: { setpriv: null } });
});

it("stops and reports plugins in the weaker level too", async () => {
  const harness = await createHarness(({ launcher }) => ({
    level: "permission",
    launcher: { ...launcher, bubblewrap: null },
    weaknesses: [],
  }));
  try {
    const runs = await Promise.all([
      harness.run("completes"),
      harness.run("ignores-sigterm", { deadlineMs: 1_000 }),
      harness.run("fills-heap", { limits: { memoryMb: 64 } }),
      harness.run("fills-buffers", { limits: { memoryMb: 64 } }),
      harness.run("aborts"),
    ]);
    expect(runs.map(({ reason }) => reason)).toEqual([
      "completed",
      "timed_out",
      "out_of_memory",
      "out_of_memory",
      "crashed",
    ]);
    expect(await harness.leftovers()).toEqual([]);
  } finally {
    await harness.close();
  }
});

it.each(["sandbox", "permission"])(
  "leaves no plugin behind when its worker is killed, level %s",
  async (level) => {
    const worker = spawn(process.execPath, [join(FIXTURES, "doomed-worker.ts"), level], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(worker.stdout, "data");
    const bundles = String(line).trim();
    expect(await processesWith(bundles)).not.toEqual([]);
    worker.kill("SIGKILL");
    await once(worker, "close");
    await untilNoProcessWith(bundles, 5_000);
    await rm(bundles, { recursive: true });
  },
);
