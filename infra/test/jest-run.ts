import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../database/index.ts";
import type { RunCommand } from "./run-command.ts";

export type JestCounts = { passed: number; failed: number };

const RESULTS = join(ROOT, ".data/test");

/** Runs one jest project (`patterns`: parts of file names or jest options); a run that breaks off counts as a failure. */
export async function runJest(project: string, patterns: string[], command: RunCommand): Promise<JestCounts> {
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
  const counts = await readCounts(outputFile);
  return ok || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

async function readCounts(outputFile: string): Promise<JestCounts> {
  const text = await readFile(outputFile, "utf8").catch(() => "{}");
  const results = JSON.parse(text);
  return {
    passed: results.numPassedTests ?? 0,
    failed: (results.numFailedTests ?? 0) + (results.numRuntimeErrorTestSuites ?? 0),
  };
}
