import { styleText } from "node:util";
import type { Confidence, ModuleRunStatus, Severity } from "@picket/core";

type Style = Parameters<typeof styleText>[0];

const SEVERITY_STYLE = {
  critical: ["bold", "red"],
  high: "red",
  medium: "yellow",
  low: "cyan",
  info: "gray",
} as const satisfies Record<Severity, Style>;

/** Colour only where standard output is a terminal that wants it. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function severityLabel(severity: Severity): string {
  return paint(SEVERITY_STYLE[severity], severity.padEnd(8));
}

export function confidenceLabel(confidence: Confidence, score: number): string {
  return `${confidence} (${score})`.padEnd(12);
}

const STATUS_MARK: Record<ModuleRunStatus, string> = {
  queued: "·",
  running: "›",
  succeeded: "✓",
  partially_succeeded: "~",
  failed: "✗",
  cancelled: "✗",
  timed_out: "✗",
  skipped: "-",
};

export function statusMark(status: ModuleRunStatus): string {
  const style: Style = status === "succeeded" ? "green" : STATUS_MARK[status] === "✗" ? "red" : "gray";
  return paint(style, STATUS_MARK[status]);
}

export function printLine(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON document on standard output, for programs. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, null, 2));
}

/** Text from a target on one line: control characters are shown, not obeyed, and what is too long is cut. */
export function oneLine(text: string, width: number): string {
  const visible = text.replace(/\s+/g, " ").replace(/\p{C}/gu, "·").trim();
  const points = [...visible];
  return points.length <= width ? visible : `${points.slice(0, width - 1).join("")}…`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Columns as wide as their widest cell, two blanks apart. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  for (const row of rows)
    printLine(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}
