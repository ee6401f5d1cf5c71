import type { Conditions, Pair } from "@picket/plugin-sdk/probe";

/** A place of a statement that a value may stand in, with conditions that keep the statement whole. */
export interface ConditionKind extends Conditions {
  readonly context: string;
}

type Write = (left: number | string, right: number) => string;

/**
 * `broken` says AND twice: no database takes that, and what reads only the first number does not mind. Tabs are blanks to
 * every database, and not to filters that drop spaces or look for ` AND `.
 */
function joined(context: string, value: string, open: string, compare: Write, close: string): ConditionKind {
  const write = (word: string, { a, b }: Pair, isTrue: boolean) =>
    `${value}${open}\t${word}\t${compare(a, isTrue ? a : b)}${close}`;
  return {
    context,
    alike: (pair) => write("AND", pair, true),
    other: (pair) => write("AND", pair, false),
    broken: (pair) => write("AND\tAND", pair, true),
  };
}

export const isNumber = (value: string) => /^-?\d{1,18}(?:\.\d{1,10})?$/.test(value);
const numbers: Write = (a, b) => `${a}=${b}`;
const strings =
  (quote: string): Write =>
  (a, b) =>
    `${quote}${a}${quote}=${quote}${b}`;
/** The statement goes on with `%'`, so that the comparison must bear a percent sign at its end. */
const patterns: Write = (a, b) => `'${a}'\tLIKE\t'${b}`;

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
      joined("pattern in parentheses", value, "%')", (a, b) => `('${a}'\tLIKE\t'${b}`, ""),
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
    `${value}${a}${quote}\t${word}\t${quote}${a}${quote}=${quote}${b}`;
  return {
    context: quote === "'" ? "string, by grammar" : "string in double quotes, by grammar",
    alike: (pair) => write("AND", pair),
    other: (pair) => write("ANDQ", pair),
    broken: ({ a }) => `${value}${a}${quote}`,
  };
}

/**
 * A string that another is joined to, as a value that is stored can be, and the same with a sign that SQL does not know. To
 * MySQL it is a condition, and as good.
 */
export function joinGrammarOf(value: string): ConditionKind {
  const write = (sign: string, { a, b }: Pair) => `${value}${a}'${sign}'${b}`;
  return {
    context: "string, by joining",
    alike: (pair) => write("||", pair),
    other: (pair) => write("|||", pair),
    broken: ({ a, b }) => `${value}${a}'${b}`,
  };
}

/** What statements are ordered and grouped by: a column, maybe with its direction, or the direction alone. */
const isName = (value: string) => /^[a-z_][\w.]{0,60}(?: (?:asc|desc))?$/i.test(value);

/**
 * A further item of a list, such as `ORDER BY price` or `IN (4`, that any statement can read, and the same with a word that
 * SQL does not know. The order stays, as what is added is the same for all rows. Null where no list can stand.
 */
export function listGrammarOf(value: string): ConditionKind | null {
  if (!isNumber(value) && !isName(value)) return null;
  return {
    context: "list, by grammar",
    alike: ({ a }) => `${value},(SELECT(${a}))`,
    other: ({ a }) => `${value},(SELECTQ(${a}))`,
    broken: ({ a }) => `${value},(SELECT(${a})`,
  };
}
