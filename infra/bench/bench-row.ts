import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { textTable } from "./text-table.ts";

/** One measured figure beside what it is measured against in the same run. */
export interface BenchRow {
  /** Bar that it answers to, such as P1. */
  id: string;
  what: string;
  figure: string;
  /** The peer or ceiling, with its figure. */
  against: string;
  ratio: string;
  /** Empty: shown beside what has a bar. */
  bar: string;
  /** Null: there is no bar. */
  met: boolean | null;
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

/** How a figure is held against a bar. */
interface Bar {
  id: string;
  what: string;
  figure: number;
  /** Behind the figure, such as ` ms`. */
  unit: string;
  atMost: number;
  /** What else is to be read beside it. */
  against?: string;
}

/** The row of a figure that must not be above its bar. Without a peer the ratio is that of figure and bar. */
export function atMost({ id, what, figure, unit, atMost: bar, against = "" }: Bar): BenchRow {
  const digits = bar < 10 ? 2 : 0;
  return {
    id,
    what,
    figure: `${figure.toFixed(digits)}${unit}`,
    against,
    ratio: bar === 0 ? "" : (figure / bar).toFixed(2),
    bar: `<= ${bar}${unit}`,
    met: figure <= bar,
  };
}

/** What every bench is started with. `quick`: less of everything, to see that it works; the figures mean little. */
export const { values: flags, positionals } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    quick: { type: "boolean" },
    json: { type: "boolean" },
    data: { type: "string" },
    only: { type: "string" },
  },
  allowPositionals: true,
});

/** A table with a line each. */
export function tableOf(rows: readonly BenchRow[]): string {
  const lines = [
    HEADINGS,
    ...rows.map((row) => ({ ...row, met: row.met === null ? "" : row.met ? "yes" : "NO" })),
  ];
  const columns = Object.keys(HEADINGS) as (keyof typeof HEADINGS)[];
  return textTable(lines.map((line) => columns.map((column) => line[column])));
}

export function areMet(rows: readonly BenchRow[]): boolean {
  return rows.every(({ met }) => met !== false);
}

/**
 * Measures and prints when the file is the one that was started: a table, or with `--json` the rows. Exit code 1: a bar
 * was not met, or nothing could be measured.
 */
export async function runIfMain(file: string, measure: () => Promise<BenchRow[]>): Promise<void> {
  if (pathToFileURL(process.argv[1] ?? "").href !== file) return;
  const rows = await measure();
  console.log(flags.json ? JSON.stringify(rows) : tableOf(rows));
  process.exitCode = areMet(rows) ? 0 : 1;
}

/** The smallest value that `share` of the values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
