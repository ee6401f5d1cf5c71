import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { startPostgres } from "../services/postgres.ts";
import { runningProcesses } from "../services/processes.ts";
import { supervise } from "../services/supervise.ts";
import { until } from "../services/until.ts";
import { scratchFolder } from "./services.ts";

async function running(text: string): Promise<string[]> {
  const commands = (await runningProcesses()).map(({ command }) => command);
  return commands.filter((command) => command.includes(text));
}

async function untilGone(text: string): Promise<void> {
  await until(async () => expect(await running(text)).toEqual([]), { timeoutMs: 10_000 });
}

/** A Node process that starts Postgres in the folder, says "ready", and then waits. */
async function startOwner(dataDir: string, ephemeral: boolean) {
  const module = join(import.meta.dirname, "../services/postgres.ts");
  const options = JSON.stringify({ dataDir, ephemeral });
  const script = `
    const { startPostgres } = await import(${JSON.stringify(module)});
    await startPostgres(${options});
    console.log("ready");
    setInterval(() => undefined, 1000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(owner.stdout, "data");
  return owner;
}

describe("supervise", () => {
  it("reports a command that ends early with the end of its log", async () => {
    const folder = await scratchFolder("log");
    const logFile = join(folder, "log");
    const command = supervise({ command: "/bin/sh", args: ["-c", "echo why; exit 3"], logFile });
    expect(await command.exited).toBe(3);
    expect(command.assertRunning).toThrow(/sh ended early .*\nwhy/s);
    rmSync(folder, { recursive: true });
  });

  it("kills the whole group of a command that ignores its signal", async () => {
    const script = 'trap "" TERM; sleep 1234 & sleep 1234';
    const command = supervise({ command: "/bin/sh", args: ["-c", script] });
    await until(async () => expect((await running("sleep 1234")).length).toBeGreaterThanOrEqual(2));
    await command.stop(200);
    await untilGone("sleep 1234");
  });
});

describe("startPostgres", () => {
  it("ends and deletes a throw-away cluster when its owner is killed", async () => {
    const dataDir = await scratchFolder("killed");
    const owner = await startOwner(dataDir, true);
    expect(await running(dataDir)).not.toEqual([]);

    owner.kill("SIGKILL");

    await untilGone(dataDir);
    await until(async () => expect(existsSync(dataDir)).toBe(false), { timeoutMs: 5_000 });
  });

  it("recovers a durable cluster that was killed, and refuses one that is in use", async () => {
    const dataDir = await scratchFolder("stale");
    const owner = await startOwner(dataDir, false);
    await expect(startPostgres({ dataDir })).rejects.toThrow("still uses");
    const postmaster = Number(
      readFileSync(join(dataDir, "cluster-18/postmaster.pid"), "utf8").split("\n")[0],
    );
    process.kill(postmaster, "SIGKILL");
    owner.kill("SIGKILL");
    await untilGone(dataDir);
    expect(existsSync(join(dataDir, "cluster-18/postmaster.pid"))).toBe(true);

    const again = await startPostgres({ dataDir, ephemeral: true });

    expect(again.ownerUrl).toContain("picket_owner");
    await again.stop();
  });
});
