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
 * Conditions for the strings that a value usually stands in, the most usual first. They only narrow what the statement
 * selects or changes: none of them widens a WHERE.
 */
export function stringConditions(value: string): readonly ConditionKind[] {
  const plain = joined("string", value, "'", strings("'"), "");
  const others = [
    joined("string in parentheses", value, "')", (a, b) => `('${a}'='${b}`, ""),
    joined("string in double quotes", value, '"', strings('"'), ""),
  ];
  if (isNumber(value)) return [plain, ...others];
  return [
    plain,
    joined("pattern", value, "%'", patterns, ""),
    joined("pattern in parentheses", value, "%')", (a, b) => `('${a}'\tLIKE\t'${b}`, ""),
    ...others,
  ];
}

/** The same for a number that is compared, in parentheses or not. */
function numberConditions(value: string): readonly ConditionKind[] {
  return [
    joined("number", value, "", numbers, ""),
    joined("number in parentheses", value, ")", (a, b) => `(${a}=${b}`, ""),
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
 * A string that another is joined to, as a value that is stored can be, and the same with a word that SQL does not know. To
 * MySQL it is a condition, and as good; to programs, of which many know `||`, neither is anything.
 */
export function joinGrammarOf(value: string): ConditionKind {
  const write = (word: string, { a, b }: Pair) => `${value}${a}'||CAST('${b}'\t${word}\tCHAR(9))||'`;
  return {
    context: "string, by joining",
    alike: (pair) => write("AS", pair),
    other: (pair) => write("ASQ", pair),
    broken: ({ a, b }) => `${value}${a}'${b}`,
  };
}

/** What statements are ordered and grouped by: a column, maybe with its direction, or the direction alone. */
const isName = (value: string) => /^[a-z_][\w.]{0,60}(?: (?:asc|desc))?$/i.test(value);

/**
 * A further item of a list, such as `ORDER BY price` or `IN (4`, and the same with a word that SQL does not know. The order
 * stays, as what is added is the same for all rows.
 */
function inList(item: string, value: string, write: (word: string, a: number) => string): ConditionKind {
  return {
    context: `list, by ${item}`,
    alike: ({ a }) => `${value},${write("", a)}`,
    other: ({ a }) => `${value},${write("Q", a)}`,
    broken: ({ a }) => `${value},(${write("", a)}`,
  };
}

/** A number that a comment follows, as it may anywhere: where this is no number to SQL, nothing else is. */
export function commented(value: string): ConditionKind {
  return {
    context: "number, by a comment",
    alike: ({ a }) => `${value}/*${a}*/`,
    other: ({ a }) => `${value}/+${a}+/`,
    broken: ({ a }) => `${value}*/${a}/*`,
  };
}

/** HSQLDB, Derby and Oracle take no SELECT without a table, SQL Server no constant CASE in a list. */
function listGrammars(value: string): readonly ConditionKind[] {
  return [
    inList("a selection", value, (word, a) => `(SELECT${word}(${a}))`),
    inList("a case", value, (word, a) => `(CASE${word}\tWHEN\t${a}=${a}\tTHEN\t${a}\tELSE\t${a}\tEND)`),
  ];
}

/** For what may stand outside of strings: numbers, and names of columns. None of free text. */
export function bareConditions(value: string): readonly ConditionKind[] {
  // The comment last: it alone shows LIMIT and TOP, where no condition can stand.
  if (isNumber(value)) return [...numberConditions(value), ...listGrammars(value), commented(value)];
  return isName(value) ? listGrammars(value) : [];
}
