import {
  type ConditionKind,
  compileSignatures,
  createMarker,
  type Grammar,
  type Pair,
} from "@picket/plugin-sdk/probe";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";
import type { Operator } from "./operators.ts";
import { UNKNOWN_OPERATOR } from "./signatures.ts";

const write = (operator: Operator) => JSON.stringify(operator);

/** A name that is no operator's, in an object like those that are. */
const noOperator = (value: string | number) => write({ [`$${createMarker()}`]: value });

function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N}_ ]/gu, "\\$&");
}

/** `$regex` and `$not` belong to no filter that an interface offers, as `$gt` and `$in` may. */
function byPattern(value: string): ConditionKind {
  return {
    context: "an operator: $regex",
    alike: () => write({ $regex: `^${escaped(value)}$` }),
    other: ({ a }) => write({ $regex: `^${escaped(value)}${a}$` }),
    broken: () => noOperator(`^${escaped(value)}$`),
  };
}

function byNegation(value: string | number): ConditionKind {
  return {
    context: "an operator: $not",
    alike: () => write({ $not: { $ne: value } }),
    other: () => write({ $not: { $eq: value } }),
    broken: () => write({ $not: { [`$${createMarker()}`]: value } }),
  };
}

/** Conditions of JavaScript, of which `===` is no word of SQL, behind the value in a `$where`. */
function inCode(context: string, value: string, quote: "'" | ""): ConditionKind {
  const condition = ({ a }: Pair, b: number) => `${value}${quote}&&${quote}${a}${quote}===${quote}${b}`;
  return {
    context,
    alike: (pair) => condition(pair, pair.a),
    other: (pair) => condition(pair, pair.b),
    broken: (pair) => `${condition(pair, pair.a)}${quote}===`,
  };
}

function narrowing({ value, kind, parameter }: InsertionPoint): ConditionKind[] {
  const isNumber = kind === "number" && String(Number(value)) === value;
  const typed = isNumber && parameter.in === "json" ? Number(value) : value;
  return [
    // An id of the database's own making is no text.
    kind === "text" || kind === "email" ? byPattern(value) : byNegation(typed),
    ...(isNumber ? [inCode("JavaScript: a number", value, "")] : []),
    inCode("JavaScript: a string", value, "'"),
  ];
}

/** Values of which nothing is known: an operator that all of them fit, and conditions that do the same or the opposite. */
function widening(): ReturnType<Grammar["widening"]> {
  const word = createMarker();
  const all = write({ $ne: word });
  const { alike: fitsNone, other: fitsAll, ...negation } = byNegation(word);
  return [
    { all, ...negation, alike: fitsAll, other: fitsNone },
    { all, ...byPattern(word), alike: () => write({ $regex: "^" }) },
  ];
}

/** How operators in place of the point's value are told from objects that are refused, ignored or written as a text. */
export function operatorsAt(point: InsertionPoint): Grammar {
  return {
    errorIn: compileSignatures(UNKNOWN_OPERATOR),
    broken: (value) => [noOperator(value), noOperator(value)],
    narrowing: () => (point.isObserved ? narrowing(point) : []),
    widening,
  };
}
