import { readText } from "./files.ts";

/**
 * A small part of a POSIX shell, so that a lab can be injected into without a command of anybody's being run: words and
 * quotes, comments, sums, substitution, what separates commands, and a few programs that only print.
 */

const SYNTAX_ERROR = "sh: 1: Syntax error: Unterminated quoted string\n";

/** What a program prints that is started with those words. */
export function runProgram([name = "", ...words]: readonly string[]): string {
  switch (name) {
    case "":
    case "sleep":
      return "";
    case "echo":
      return `${words.join(" ")}\n`;
    case "ping":
      return `PING ${words.at(-1)}: 56 data bytes\n1 packets transmitted, 1 received\n`;
    case "host":
      return `${words.at(-1)} has address 192.0.2.7\n`;
    case "id":
      return "uid=33(www-data) gid=33(www-data) groups=33(www-data)\n";
    case "env":
      return "SHELL=/bin/sh\nPWD=/srv/depot\nPATH=/usr/local/bin:/usr/bin:/bin\n";
    case "cat":
      return words.map((file) => readText(file) ?? `cat: ${file}: No such file or directory\n`).join("");
    default:
      return `sh: 1: ${name}: not found\n`;
  }
}

function sumOf(text: string): string {
  const [, a, sign, b] = /^\s*(\d{1,9})\s*([*+-])\s*(\d{1,9})\s*$/.exec(text) ?? [];
  const [left, right] = [Number(a), Number(b)];
  if (sign === undefined) return "";
  return String(sign === "*" ? left * right : sign === "+" ? left + right : left - right);
}

/** A `$((…))`, `$(…)` or what stands in backticks at the start of the text, and how long it is. */
function substitution(text: string): { value: string; length: number } | null {
  const [sum, terms = ""] = /^\$\(\(([^()]{1,60})\)\)/.exec(text) ?? [];
  if (sum) return { value: sumOf(terms), length: sum.length };
  const [whole, bracketed, ticked] = /^(?:\$\(((?:[^()]|\(\([^()]*\)\))*)\)|`([^`]*)`)/.exec(text) ?? [];
  return whole ? { value: runShell(bracketed ?? ticked ?? "").trimEnd(), length: whole.length } : null;
}

function expanded(text: string): string {
  let rest = text;
  let value = "";
  while (rest !== "") {
    const found = substitution(rest);
    value += found ? found.value : rest[0];
    rest = rest.slice(found?.length ?? 1);
  }
  return value;
}

/** The next piece of a line: part of a word, what ends a word, what ends a command; null: a quote is not closed. */
function pieceAt(
  rest: string,
  isInWord: boolean,
): { kind: "part" | "space" | "end"; value: string; length: number } | null {
  const [quoted, single, double] = /^(?:'([^']*)'|"([^"]*)")/.exec(rest) ?? [];
  if (quoted !== undefined)
    return { kind: "part", value: single ?? expanded(double ?? ""), length: quoted.length };
  if (/^['"]/.test(rest)) return null;
  const [comment] = (isInWord ? null : /^#[^\n]*/.exec(rest)) ?? [];
  if (comment !== undefined) return { kind: "space", value: "", length: comment.length };
  const [separator] = /^(?:&&|\|\||[;|&\n])/.exec(rest) ?? [];
  if (separator !== undefined) return { kind: "end", value: separator, length: separator.length };
  const found = substitution(rest);
  if (found) return { kind: "part", ...found };
  return { kind: /^\s/.test(rest) ? "space" : "part", value: rest[0] ?? "", length: 1 };
}

/** What `sh -c` prints for the line. Before a pipe nothing is printed, and what follows `||` is not run. */
export function runShell(line: string): string {
  let [rest, output, before] = [line, "", ""];
  let words: string[] = [];
  let word: string | null = null;
  const endWord = () => {
    if (word !== null) words.push(word);
    word = null;
  };
  const endCommand = (separator: string) => {
    endWord();
    if (before !== "||" && separator !== "|") output += runProgram(words);
    [before, words] = [separator, []];
  };
  while (rest !== "") {
    const piece = pieceAt(rest, word !== null);
    if (!piece) return SYNTAX_ERROR;
    rest = rest.slice(piece.length);
    if (piece.kind === "part") word = `${word ?? ""}${piece.value}`;
    else if (piece.kind === "space") endWord();
    else endCommand(piece.value);
  }
  endCommand(";");
  return output;
}
