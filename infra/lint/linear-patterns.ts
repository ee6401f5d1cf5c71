/**
 * Whether every regular expression of the platform takes time in proportion to the text. What a target answers goes
 * through them, and a text that is made for it keeps a slow one busy for hours.
 */
import { globSync, readFileSync } from "node:fs";
import { parseSync } from "@swc/core";
import { ROOT } from "../database/index.ts";
import { slownessOf } from "./slow-pattern.ts";

interface Literal {
  pattern: string;
  flags: string;
}

function* literals(node: unknown): Generator<Literal> {
  if (typeof node !== "object" || node === null) return;
  if ("type" in node && node.type === "RegExpLiteral") yield node as unknown as Literal;
  for (const child of Object.values(node)) yield* literals(child);
}

function lineOf(text: string, { pattern }: Literal): number {
  return text.slice(0, text.indexOf(`/${pattern}/`)).split("\n").length;
}

function* slowPatterns(file: string): Generator<string> {
  const text = readFileSync(`${ROOT}/${file}`, "utf8");
  for (const literal of literals(parseSync(text, { syntax: "typescript" }))) {
    const slowness = slownessOf(literal.pattern, literal.flags);
    if (slowness)
      yield `${file}:${lineOf(text, literal)} /${literal.pattern}/${literal.flags}\n    ${slowness}`;
  }
}

const files = globSync("{apps,packages}/**/src/**/*.ts", { cwd: ROOT, exclude: ["**/node_modules/**"] });
const found = files
  .filter((file) => !/\.test\.ts$|\/generated\//.test(file))
  .flatMap((file) => [...slowPatterns(file)]);
console.log(found.length === 0 ? `${files.length} files, no slow pattern` : found.join("\n"));
process.exitCode = found.length === 0 ? 0 : 1;
