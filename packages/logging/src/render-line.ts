import { styleText } from "node:util";

export interface LogRecord {
  time: string;
  level: "error" | "warn" | "info" | "debug";
  service: string;
  message: string;
  fields: Record<string, unknown>;
}

/** One JSON object; a field never replaces the record's own members. */
export function jsonLine({ fields, ...own }: LogRecord): string {
  return JSON.stringify({ ...own, ...fields, ...own });
}

const STYLE = { error: "red", warn: "yellow", info: "green", debug: "dim" } as const;

/** For people: time, level, service, message, fields; stacks below, indented. */
export function prettyLine({ time, level, service, message, fields }: LogRecord): string {
  const tag = styleText(STYLE[level], level.toUpperCase().padEnd(5));
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${shortText(value)}`);
  const words = [service, message, ...pairs].map(visible);
  const head = [time.slice(11, 23), tag, ...words];
  const stacks = Object.values(fields).flatMap(stackLines);
  return [head.join(" "), ...stacks.map((line) => `    ${visible(line)}`)].join("\n");
}

function shortText(value: unknown): string {
  if (typeof value === "string") return value;
  if (!isErrorFields(value)) return JSON.stringify(value);
  const { name, code, message, hint } = value;
  return `${name}${code ? ` ${code}` : ""}: ${message}${hint ? ` (${hint})` : ""}`;
}

interface ErrorFields {
  name: string;
  message: string;
  stack: string;
  code?: unknown;
  hint?: unknown;
  cause?: unknown;
}

function isErrorFields(value: unknown): value is ErrorFields {
  return typeof value === "object" && value !== null && "stack" in value && typeof value.stack === "string";
}

function stackLines(value: unknown): string[] {
  if (!isErrorFields(value)) return [];
  const [first = "", ...rest] = stackLines(value.cause);
  const cause = first === "" ? [] : [`caused by ${first}`, ...rest];
  return [...value.stack.split("\n"), ...cause];
}

/** Control and direction characters as escapes: text from a target must not move the cursor or forge a line. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return character === "\n" ? "\\n" : `\\u${code}`;
  });
}
