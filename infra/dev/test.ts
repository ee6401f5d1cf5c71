import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { generateClient } from "../database/index.ts";
import { toMessage } from "../platform/message.ts";
import { ensureSystemTools, type RunningProcess } from "../services/index.ts";
import { type JestCounts, runJest } from "../test/jest-run.ts";
import { findLeftovers, RUN_VARIABLE } from "../test/leftovers.ts";
import { type CommandRunner, createCommandRunner } from "../test/run-command.ts";
import { CHECKS, type Step } from "../test/steps.ts";

const PROJECTS = ["unit", "int", "e2e"];
const NAMES = [...CHECKS.map(({ name }) => name), ...PROJECTS];

const HELP = `npm test                        everything, in this order; stops at the first failure
npm test -- <step> …            only these: ${NAMES.join(", ")}
npm test -- unit packages/core  one jest project, only files with this in their path
`;

async function main(args: string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(HELP);
    return 0;
  }
  const { names, patterns } = selection(args);
  if (patterns.length > 0 && (names === NAMES || !names.some((name) => PROJECTS.includes(name)))) {
    console.error(`picket: unknown step ${patterns[0]}: use ${NAMES.join(", ")}`);
    return 1;
  }
  const runId = randomUUID();
  process.env[RUN_VARIABLE] = runId;
  // Whatever a test leaves in the folder for temporary files goes with this one.
  const scratch = await mkdtemp(join(tmpdir(), "picket-test-"));
  await chmod(scratch, 0o1777);
  process.env.TMPDIR = scratch;
  const runner = createCommandRunner();
  const removeScratch = () => rm(scratch, { recursive: true, force: true });
  abortOnSignals(async () => {
    await runner.abort();
    await removeScratch();
  });
  try {
    ensureSystemTools({ say: console.log });
    await generateClient();
    const ok = await runSteps(names, patterns, runner);
    const clean = await endLeftovers(() => findLeftovers(runId, runner.sessions));
    return ok && clean ? 0 : 1;
  } catch (error) {
    console.error(`picket: ${toMessage(error)}`);
    return 1;
  } finally {
    await removeScratch();
  }
}

/** Leading words that name steps select them; none means all. What follows goes to jest. */
function selection(args: string[]): { names: string[]; patterns: string[] } {
  const firstPattern = args.findIndex((word) => !NAMES.includes(word));
  const names = firstPattern < 0 ? args : args.slice(0, firstPattern);
  return {
    names: names.length > 0 ? names : NAMES,
    patterns: firstPattern < 0 ? [] : args.slice(firstPattern),
  };
}

async function runSteps(names: string[], patterns: string[], runner: CommandRunner): Promise<boolean> {
  const total: JestCounts = { passed: 0, failed: 0, unsteady: [] };
  const steps = [...CHECKS, ...PROJECTS.map((project) => jestStep(project, patterns, total))];
  let ok = true;
  for (const step of steps.filter(({ name }) => names.includes(name))) {
    ok = await runStep(step, runner);
    if (!ok) break;
  }
  if (names.some((name) => PROJECTS.includes(name))) {
    console.log(`\n${total.passed} passed, ${total.failed} failed`);
    for (const test of total.unsteady) console.log(`   unsteady, passed when run once more: ${test}`);
  }
  return ok;
}

function jestStep(project: string, patterns: string[], total: JestCounts): Step {
  return {
    name: project,
    title: `Tests: ${project} (jest)`,
    fix: `correct the failures above, then: npm test -- ${project}`,
    run: async (command) => {
      // Unit tests are pure: what fails once fails.
      const counts = await runJest(project, patterns, command, { retry: project !== "unit" });
      total.passed += counts.passed;
      total.failed += counts.failed;
      total.unsteady.push(...counts.unsteady);
      return counts.failed === 0;
    },
  };
}

async function runStep(step: Step, runner: CommandRunner): Promise<boolean> {
  console.log(`\n== ${step.title}`);
  const start = performance.now();
  const ok = await step.run(runner.run);
  console.log(`   ${ok ? "ok" : "FAILED"} after ${((performance.now() - start) / 1000).toFixed(1)} s`);
  if (!ok) console.error(`   fix: ${step.fix}`);
  return ok;
}

/** A process may need a moment to end; one that lives on is named, killed, and fails the run. */
async function endLeftovers(find: () => Promise<RunningProcess[]>): Promise<boolean> {
  for (let look = 0; look < 20 && (await find()).length > 0; look++) await sleep(100);
  const leftovers = await find();
  for (const { pid, command } of leftovers) {
    console.error(`picket: the tests left process ${pid} running: ${command.slice(0, 200)}`);
    process.kill(pid, "SIGKILL");
  }
  return leftovers.length === 0;
}

function abortOnSignals(cleanUp: () => Promise<void>): void {
  const abort = () => void cleanUp().finally(() => process.exit(130));
  for (const event of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"]) process.on(event, abort);
  process.channel?.unref();
}

process.exitCode = await main(process.argv.slice(2));
