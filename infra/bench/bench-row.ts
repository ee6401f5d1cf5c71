import { pathToFileURL } from "node:url";

/** One measured figure beside what it is measured against in the same run. */
export interface BenchRow {
  /** Bar that it answers to, such as P1. */
  id: string;
  what: string;
  figure: string;
  /** The peer or ceiling, with its figure. */
  against: string;
  ratio: string;
  bar: string;
  met: boolean;
}

const HEADINGS = {
  id: "bar",
  what: "what",
  figure: "figure",
  against: "peer or ceiling",
  ratio: "ratio",
  bar: "must be",
  met: "met",
};

/** A table with a line each. */
export function tableOf(rows: readonly BenchRow[]): string {
  const lines = [HEADINGS, ...rows.map((row) => ({ ...row, met: row.met ? "yes" : "NO" }))];
  const columns = Object.keys(HEADINGS) as (keyof typeof HEADINGS)[];
  const widths = columns.map((column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      columns
        .map((column, index) => line[column].padEnd(widths[index] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Measures and prints when the file is the one that was started. Exit code 1: a bar was not met. */
export async function runIfMain(file: string, measure: () => Promise<BenchRow[]>): Promise<void> {
  if (pathToFileURL(process.argv[1] ?? "").href !== file) return;
  const rows = await measure();
  console.log(tableOf(rows));
  process.exitCode = rows.every(({ met }) => met) ? 0 : 1;
}
