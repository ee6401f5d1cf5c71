import {
  type ConditionKind,
  compileSignatures,
  createMarker,
  type Grammar,
  type Pair,
} from "@picket/plugin-sdk/probe";
import { XPATH_ERRORS } from "./signatures.ts";

/**
 * True when both numbers have as many digits. SQL takes it for the difference of a column and a function and refuses it,
 * so that what is proven by it is XPath and nothing else. `and` in lower case is a must in XPath.
 */
function condition({ a }: Pair, isTrue: boolean): string {
  return `string-length(string(${a}))=${String(a).length + (isTrue ? 0 : 1)}`;
}

/** `open` ends what the value stands in, `close` begins it anew, so that the expression stays whole. */
function joined(
  context: string,
  [open, close]: readonly [string, string],
  value: string,
  word: "and" | "or",
): ConditionKind {
  const write = (pair: Pair, isTrue: boolean, between: string) =>
    `${value}${open} ${between} ${condition(pair, isTrue)}${close}`;
  return {
    context: `${context}, ${word}`,
    alike: (pair) => write(pair, true, word),
    other: (pair) => write(pair, false, word),
    broken: (pair) => write(pair, true, `${word} ${word}`),
  };
}

const STRINGS = [
  ["string", `'`],
  ["string in double quotes", `"`],
] as const;

const isNumber = (value: string) => /^-?\d{1,15}(?:\.\d{1,10})?$/.test(value);

function narrowing(value: string): ConditionKind[] {
  return [
    ...(isNumber(value) ? [joined("number", ["", ""], value, "and")] : []),
    ...STRINGS.map(([context, quote]) =>
      joined(context, [quote, ` and ${quote}1${quote}=${quote}1`], value, "and"),
    ),
    ...STRINGS.map(([context, quote]) =>
      joined(
        `${context}, argument of a function`,
        [`${quote})`, ` and contains(${quote}1${quote},${quote}1`],
        value,
        "and",
      ),
    ),
  ];
}

/** Joined by `or`, a true condition selects all; the value itself selects nothing. */
function widening(value: string): (ConditionKind & { all: string })[] {
  const kinds = STRINGS.map(([context, quote]) =>
    joined(context, [quote, ` or ${quote}1${quote}=${quote}2`], value, "or"),
  );
  const own = { a: 7_319, b: 4_127 };
  return kinds.map((kind) => ({ ...kind, all: kind.alike(own) }));
}

export const XPATH: Grammar = {
  errorIn: compileSignatures(XPATH_ERRORS),
  broken: (value) => [`${value}'"${createMarker()}`, `${value}"'${createMarker()}`],
  narrowing,
  widening,
};
