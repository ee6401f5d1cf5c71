import { statSync } from "node:fs";
import { join } from "node:path";
import { AppError, type IsolationLevel, toError } from "@picket/core";
import { z } from "zod";
import type { Bundle } from "./bundle-plugin.ts";
import type { Bait } from "./escape-probe.ts";
import type { Launcher } from "./launch.ts";
import { bundleProbe, layBait, probeIsolation } from "./probe-isolation.ts";
import { syscallFilter } from "./syscall-filter.ts";

/** How plugins run on this machine, proven by trying to get out. */
export interface Isolation {
  level: IsolationLevel;
  launcher: Launcher;
  /** What is weaker than it could be, and why; empty when nothing is. */
  weaknesses: string[];
}

export interface IsolationOptions {
  /** Folder of the bundles; the sandbox must be able to read from it. */
  cacheDir: string;
  /** The weakest level that the operator accepts. */
  minimum: IsolationLevel;
  /** Paths of the tools that are to be used instead of the system's; null for one that is not there. */
  tools?: Partial<Record<ToolName, string | null>>;
}

type ToolName = "bwrap" | "prlimit" | "setpriv";

const Report = z.object({ sharedObjects: z.array(z.string()) });

/** Where systems keep such tools; a search path from the environment could be made to name others. */
const TOOL_FOLDERS = ["/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin"];

function tryFindTool(name: ToolName): string | null {
  const paths = TOOL_FOLDERS.map((folder) => join(folder, name));
  return paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile()) ?? null;
}

/** Libraries of this very process, as the sandbox starts the same node. */
function sharedObjects(): string[] {
  // The report would otherwise look up the name of every peer that the worker is connected to.
  const report = Object.assign(process.report, { excludeNetwork: true }).getReport();
  const { sharedObjects: paths } = Report.parse(report);
  return paths.filter((path) => path.startsWith("/") && !path.endsWith(".node"));
}

function createLauncher(tools: IsolationOptions["tools"] = {}): Launcher {
  const toolOf = (name: ToolName) => {
    const given = tools[name];
    return given === undefined ? tryFindTool(name) : given;
  };
  return {
    node: process.execPath,
    hasPermissions: true,
    bubblewrap: toolOf("bwrap"),
    filter: syscallFilter(process.arch),
    prlimit: toolOf("prlimit"),
    setpriv: toolOf("setpriv"),
    isRoot: process.getuid?.() === 0,
    sharedObjects: sharedObjects(),
  };
}

/** Why `launcher` does not hold; null when every probe but the tolerated ones is blocked. */
async function leakOf(
  launcher: Launcher,
  { probe, bait }: Lab,
  tolerated: readonly string[] = [],
): Promise<string | null> {
  try {
    const open = (await probeIsolation(launcher, probe, bait)).filter((name) => !tolerated.includes(name));
    return open.length > 0 ? `a test plugin got out by ${open.join(", ")}` : null;
  } catch (error) {
    return toError(error).message;
  }
}

interface Lab {
  probe: Bundle;
  bait: Bait;
}

/** The layers are proven one by one, so that neither leans on the other, and together as they are used. */
async function sandboxProblem(launcher: Launcher, lab: Lab): Promise<string | null> {
  if (!launcher.bubblewrap) return "bubblewrap (bwrap) is not installed";
  const problems = await Promise.all([
    leakOf(launcher, lab),
    leakOf({ ...launcher, hasPermissions: false }, lab),
    permissionProblem(launcher, lab),
  ]);
  return problems.find((problem) => problem !== null) ?? null;
}

/** The same user may signal its own processes; without a sandbox nothing prevents that. */
function permissionProblem(launcher: Launcher, lab: Lab): Promise<string | null> {
  return leakOf({ ...launcher, bubblewrap: null }, lab, ["signal_parent"]);
}

interface Choice {
  launcher: Launcher;
  problem: string | null;
}

/** The first of the launchers that has no problem, else the last with its problem. */
async function choose(
  candidates: readonly Launcher[],
  problemOf: (launcher: Launcher) => Promise<string | null>,
): Promise<Choice> {
  let choice: Choice | undefined;
  for (const launcher of candidates) {
    choice = { launcher, problem: await problemOf(launcher) };
    if (choice.problem === null) break;
  }
  if (!choice) throw new AppError("INTERNAL", "no launcher to choose from");
  return choice;
}

/** With all that the machine has, and without the change of user, which needs folders that others may enter. */
function candidates(launcher: Launcher): Launcher[] {
  return launcher.setpriv ? [launcher, { ...launcher, setpriv: null }] : [launcher];
}

function weaknessesOf(launcher: Launcher, sandbox: string | null): string[] {
  const { bubblewrap, filter, prlimit, setpriv, isRoot } = launcher;
  return [
    ...(bubblewrap ? [] : [`no sandbox, the permission model alone: ${sandbox}`]),
    ...(filter ? [] : [`no system call filter for ${process.arch}: one layer less in the sandbox`]),
    ...(prlimit ? [] : ["prlimit is not there: buffers of a plugin have no limit"]),
    ...(setpriv || !isRoot ? [] : ["plugins run as root: setpriv does not work here"]),
  ];
}

/**
 * Finds the strongest isolation that this machine gives and proves it: a test program tries network, files, processes,
 * environment and signals under it. Takes about half a second. Throws ISOLATION_UNAVAILABLE, with what to install or
 * allow, when that is weaker than `minimum`: nothing runs rather than run unprotected unnoticed.
 */
export async function detectIsolation({ cacheDir, minimum, tools }: IsolationOptions): Promise<Isolation> {
  const launcher = createLauncher(tools);
  const probe = await bundleProbe(cacheDir);
  const bait = await layBait();
  try {
    return await strongest(launcher, { probe, bait }, minimum);
  } finally {
    await bait.takeUp();
  }
}

async function strongest(launcher: Launcher, lab: Lab, minimum: IsolationLevel): Promise<Isolation> {
  const sandbox = await choose(candidates(launcher), (candidate) => sandboxProblem(candidate, lab));
  if (sandbox.problem === null) return isolationOf("sandbox", sandbox);
  if (minimum === "sandbox") {
    throw new AppError("ISOLATION_UNAVAILABLE", `the plugin sandbox does not work: ${sandbox.problem}`, {
      hint: "Install bubblewrap (apt-get install bubblewrap) and allow user namespaces, or accept the weaker level with ISOLATION_MINIMUM=permission.",
    });
  }
  const permission = await choose(candidates({ ...launcher, bubblewrap: null }), (candidate) =>
    permissionProblem(candidate, lab),
  );
  if (permission.problem === null)
    return isolationOf("permission", { ...permission, problem: sandbox.problem });
  throw new AppError("ISOLATION_UNAVAILABLE", `plugins cannot be isolated: ${permission.problem}`, {
    hint: "Run Picket with the Node of its workspace (26 or later).",
  });
}

function isolationOf(level: IsolationLevel, { launcher, problem }: Choice): Isolation {
  return { level, launcher, weaknesses: weaknessesOf(launcher, problem) };
}
