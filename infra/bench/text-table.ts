/** Lines whose columns stand below each other, two spaces apart. `right`: columns of numbers, by index. */
export function textTable(
  lines: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? "").length)),
  );
  const cell = (text: string, column: number) =>
    right.has(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return lines.map((line) => line.map(cell).join("  ").trimEnd()).join("\n");
}

/** The same as a table of Markdown. */
export function markdownTable([head = [], ...lines]: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...lines.map(row)].join("\n");
}
