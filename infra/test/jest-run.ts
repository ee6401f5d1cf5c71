import { mkdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { ROOT } from "../database/index.ts";
import type { RunCommand } from "./run-command.ts";

/** `unsteady`: tests that failed beside others and then passed alone; they are among the passed. */
export type JestCounts = { passed: number; failed: number; unsteady: string[] };

/** What jest writes, as far as it is read here. `name` is the absolute path of a test file. */
type JestResults = {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: {
    name: string;
    status: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
};

const RESULTS = join(ROOT, ".data/test");

/** Failures in more files than these are no accident of a busy machine. */
const MOST_FILES_RETRIED = 3;

/**
 * Runs one jest project (`patterns`: parts of file names or jest options); a run that breaks off counts as a failure.
 * With `retry`, the files that failed are run once more, one after the other.
 */
export async function runJest(
  project: string,
  patterns: string[],
  command: RunCommand,
  { retry = false } = {},
): Promise<JestCounts> {
  const first = await jest(project, patterns, command);
  const failed = first?.testResults.filter(({ status }) => status === "failed") ?? [];
  if (!retry || first === null || failed.length === 0 || failed.length > MOST_FILES_RETRIED) {
    return countsOf(first);
  }
  const paths = failed.map(({ name }) => name);
  console.log(`\n   once more, alone: ${paths.map((path) => relative(ROOT, path)).join(", ")}`);
  const second = countsOf(await jest(project, ["--runInBand", "--runTestsByPath", ...paths], command));
  const all = first.numPassedTests + first.numFailedTests;
  return second.failed === 0
    ? { passed: all, failed: 0, unsteady: failed.flatMap(failedTests) }
    : { passed: all - second.failed, failed: second.failed, unsteady: [] };
}

/** Null when it broke off. */
async function jest(project: string, patterns: string[], command: RunCommand): Promise<JestResults | null> {
  const outputFile = join(RESULTS, `${project}.json`);
  await mkdir(RESULTS, { recursive: true });
  await rm(outputFile, { force: true });
  const ok = await command(process.execPath, [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    join(ROOT, "node_modules/jest/bin/jest.js"),
    "--config=infra/test/jest.config.mjs",
    `--selectProjects=${project}`,
    "--json",
    `--outputFile=${outputFile}`,
    "--passWithNoTests",
    ...patterns,
  ]);
  const text = await readFile(outputFile, "utf8").catch(() => null);
  const results: JestResults | null = text === null ? null : JSON.parse(text);
  return ok || countsOf(results).failed > 0 ? results : null;
}

function countsOf(results: JestResults | null): JestCounts {
  if (results === null) return { passed: 0, failed: 1, unsteady: [] };
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  return { passed: results.numPassedTests, failed, unsteady: [] };
}

function failedTests({ name, assertionResults }: JestResults["testResults"][number]): string[] {
  const file = relative(ROOT, name);
  const failures = assertionResults.filter(({ status }) => status === "failed");
  return failures.length === 0 ? [file] : failures.map(({ fullName }) => `${file}: ${fullName}`);
}
