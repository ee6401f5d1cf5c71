import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Absolute path of a program, or null. Looks in PATH and in the folders for administrators' tools. */
export function findOnPath(name: string): string | null {
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    "/usr/sbin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export type SystemToolsOptions = {
  /** Told what is installed or missing. */
  say: (line: string) => void;
  /** Whether a Redis server is needed. Default true. */
  redis?: boolean;
};

/**
 * Installs what no npm package carries, with the system's package manager: Redis and, on Linux, bubblewrap for the
 * plugin sandbox. Fast when both are there.
 * Throws one line when Redis cannot be had; says one line when bubblewrap cannot.
 */
export function ensureSystemTools({ say, redis = true }: SystemToolsOptions): void {
  const needsRedis = redis && !hasRedis();
  const needsSandbox = process.platform === "linux" && !findOnPath("bwrap");
  if (!needsRedis && !needsSandbox) return;
  const packages = [...(needsRedis ? ["redis-server"] : []), ...(needsSandbox ? ["bubblewrap"] : [])];
  say(`Installing ${packages.join(" and ")} …`);
  const problem = install(packages);
  if (needsRedis && !hasRedis()) {
    throw new Error(
      `Redis is missing and could not be installed (${problem}): install redis-server or valkey, or set REDIS_URL`,
    );
  }
  if (needsSandbox && !findOnPath("bwrap")) {
    say(`bubblewrap is missing and could not be installed (${problem}): plugins run in Node's sandbox alone`);
  }
}

function hasRedis(): boolean {
  return findOnPath("redis-server") !== null || findOnPath("valkey-server") !== null;
}

/** Returns why it failed, or "". */
function install(packages: string[]): string {
  if (findOnPath("apt-get")) return installWithApt(packages);
  const brew = findOnPath("brew");
  if (brew && packages.includes("redis-server")) return run([brew, "install", "--quiet", "redis"]);
  return "no apt-get or brew here";
}

function installWithApt(packages: string[]): string {
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  if (asRoot.length > 0 && run([...asRoot, "true"]) !== "")
    return "needs root: run as root or allow sudo without a password";
  run([...asRoot, "apt-get", "update", "-qq"]);
  const problem = run([...asRoot, "apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages]);
  if (packages.includes("redis-server")) {
    // Debian starts a shared Redis on port 6379 after installing it; Picket starts its own.
    run([...asRoot, "service", "redis-server", "stop"]);
    run([...asRoot, "update-rc.d", "redis-server", "disable"]);
  }
  return problem;
}

/** Returns "" on success, else the last line of what the command said. */
function run([command = "", ...args]: string[]): string {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const result = spawnSync(command, args, {
    env,
    encoding: "utf8",
    timeout: 300_000,
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (result.status === 0) return "";
  return result.error?.message ?? result.stderr.trim().split("\n").at(-1) ?? `${command} failed`;
}
