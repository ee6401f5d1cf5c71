import {
  type ConditionKind,
  compileSignatures,
  createMarker,
  type Grammar,
  type Pair,
} from "@picket/plugin-sdk/probe";
import { LDAP_ERRORS } from "./signatures.ts";

function letterAt(value: string, { a }: Pair): number {
  const indexes = [...value].flatMap((letter, index) => (/[a-z0-9]/i.test(letter) ? [index] : []));
  return indexes[a % indexes.length] ?? 0;
}

function replaced(value: string, index: number, by: string): string {
  return value.slice(0, index) + by + value.slice(index + 1);
}

const hex = (letter: string) => `\\${letter.charCodeAt(0).toString(16).padStart(2, "0")}`;

/** Another letter or digit, which no matching rule takes for the first. */
function otherThan(letter: string, { b }: Pair): string {
  const others = [..."bdfghjkmnqvwxz3579"].filter((other) => other !== letter.toLowerCase());
  return others[b % others.length] ?? "q";
}

/**
 * A letter as a filter writes it with an escape (RFC 4515 §3), or another letter so written, or an escape that is none. Who
 * escapes values for filters sends the backslash as itself; no other grammar takes `\61` for `a`.
 */
function escaped(value: string): ConditionKind {
  const at = (pair: Pair) => letterAt(value, pair);
  return {
    context: "an escaped letter of the value",
    alike: (pair) => replaced(value, at(pair), hex(value[at(pair)] ?? "")),
    other: (pair) => replaced(value, at(pair), hex(otherThan(value[at(pair)] ?? "", pair))),
    broken: (pair) => replaced(value, at(pair), "\\zz"),
  };
}

const nothing = ({ a }: Pair) => `objectClass=p${a}`;

/** A filter beside the value's that always or never holds; in a list that must all hold, or of which one must. */
function beside(context: string, value: string, close: string): ConditionKind {
  return {
    context,
    alike: (pair) => `${value})(!(${nothing(pair)})${close}`,
    other: (pair) => `${value})(${nothing(pair)}${close}`,
    broken: (pair) => `${value})(!(${nothing(pair)}`,
  };
}

function eitherOr(value: string): ConditionKind {
  const { alike, other, broken } = beside("one of several filters", value, "");
  return { context: "one of several filters", alike: other, other: alike, broken };
}

/** What a value in a pattern, between asterisks, goes on with. */
const PATTERN_END = ")(objectClass=";

export const LDAP: Grammar = {
  errorIn: compileSignatures(LDAP_ERRORS),
  broken: (value) => [`${value})(|(${createMarker()}`, `${value}(&(${createMarker()}`],
  narrowing: (value) => [
    ...(/[a-z0-9]/i.test(value) ? [escaped(value)] : []),
    beside("all of several filters", value, ""),
    eitherOr(value),
  ],
  widening: () => [
    { all: "*", ...beside("any value, all of several filters", "*", "") },
    { all: "*", ...beside("any value in a pattern, all of several filters", "*", PATTERN_END) },
  ],
};
