import type { Conditions, Pair } from "@picket/plugin-sdk/probe";

/** A place of a statement that a value may stand in, with conditions that keep the statement whole. */
export interface ConditionKind extends Conditions {
  readonly context: string;
}

type Write = (left: number | string, right: number) => string;

/** `broken` says AND twice: no database takes that, and what reads only the first number does not mind. */
function joined(context: string, value: string, open: string, compare: Write, close: string): ConditionKind {
  const write = (word: string, { a, b }: Pair, isTrue: boolean) =>
    `${value}${open} ${word} ${compare(a, isTrue ? a : b)}${close}`;
  return {
    context,
    alike: (pair) => write("AND", pair, true),
    other: (pair) => write("AND", pair, false),
    broken: (pair) => write("AND AND", pair, true),
  };
}

const isNumber = (value: string) => /^-?\d{1,18}(?:\.\d{1,10})?$/.test(value);
const numbers: Write = (a, b) => `${a}=${b}`;
const strings =
  (quote: string): Write =>
  (a, b) =>
    `${quote}${a}${quote}=${quote}${b}`;
/** The statement goes on with `%'`, so that the comparison must bear a percent sign at its end. */
const patterns: Write = (a, b) => `'${a}' LIKE '${b}`;

/**
 * Conditions for the places that a value usually stands in, the most usual first. They only narrow what the statement
 * selects or changes: none of them widens a WHERE.
 */
export function conditionsFor(value: string): readonly ConditionKind[] {
  const text = [
    joined("string", value, "'", strings("'"), ""),
    joined("string in parentheses", value, "')", (a, b) => `('${a}'='${b}`, ""),
    joined("string in double quotes", value, '"', strings('"'), ""),
  ];
  if (!isNumber(value))
    return [
      ...text.slice(0, 1),
      joined("pattern", value, "%'", patterns, ""),
      joined("pattern in parentheses", value, "%')", (a, b) => `('${a}' LIKE '${b}`, ""),
      ...text.slice(1),
    ];
  return [
    joined("number", value, "", numbers, ""),
    joined("number in parentheses", value, ")", (a, b) => `(${a}=${b}`, ""),
    ...text,
  ];
}

/**
 * A statement that SQL can read, and the same with a word that it does not know, with equal quotes: a search with phrases,
 * a list with quotes or a firewall takes them alike. Both select nothing.
 */
export function grammarOf(value: string, quote: "'" | '"'): ConditionKind {
  const write = (word: string, { a, b }: Pair) =>
    `${value}${a}${quote} ${word} ${quote}${a}${quote}=${quote}${b}`;
  return {
    context: quote === "'" ? "string, by grammar" : "string in double quotes, by grammar",
    alike: (pair) => write("AND", pair),
    other: (pair) => write("ANDQ", pair),
    broken: ({ a }) => `${value}${a}${quote}`,
  };
}
