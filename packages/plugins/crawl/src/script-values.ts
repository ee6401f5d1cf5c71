import { functionTaking } from "./script-bodies.ts";
import { propertiesOf } from "./script-objects.ts";
import type { ScriptToken } from "./script-strings.ts";

/** Stands for a value that only the running script knows. It looks like an identifier, so that routes see one. */
export const PLACEHOLDER = "1";

/** A script whose strings are put together. */
export interface ScriptValues {
  /** As `scriptTokens`, but that an expression such as `this.host + "/users/" + id` is one string, `/api/users/1`. */
  readonly tokens: readonly ScriptToken[];
  /** Functions of the script that request what they are given, with what they put before it. */
  readonly wrappers: ReadonlyMap<string, string>;
  /** What clients such as axios put before every address, in this script. */
  readonly bases: readonly string[];
  /** What the client of this name puts before every address; null: nothing is known of it. */
  baseOf(name: string): string | null;
}

/** Values that are looked up for a value: `host` is `hostServer + "/api"`, which is `environment.hostServer` … */
const MAX_DEPTH = 5;
/** Operands that are joined at most. */
const MAX_PARTS = 40;
/** Tokens of one operand that are read. */
const MAX_OPERAND_TOKENS = 60;

const OPENING = new Set(["(", "["]);
const CLOSING = new Set([")", "]"]);
const REQUESTS = new Set(["fetch", "axios", "request", "ajax", "open"]);
const BASE_KEY = /^(?:base_?url|prefix_?url)$/i;

interface Definition {
  /** Where the name stands. */
  readonly at: number;
  /** First token of its value. */
  readonly start: number;
}

/** A joined expression. */
interface Joined {
  readonly text: string;
  /** Index of the token behind it. */
  readonly next: number;
  /** Whether the script says some of it in letters, in a string of its own. */
  readonly hasWords: boolean;
  readonly isKnown: boolean;
  /** The first name whose value is not known, with what stands before it. */
  readonly unknown: { readonly name: string; readonly before: string } | null;
}

interface Operand {
  /** Null: not known. */
  readonly text: string | null;
  readonly next: number;
  readonly isLiteral: boolean;
  readonly name?: string;
}

function isSign(token: ScriptToken | undefined, text: string): boolean {
  return token?.type === "sign" && token.text === text;
}

/** Index behind what is joined at `start`: names and their members, calls, groups. */
function endOfOperand(tokens: readonly ScriptToken[], start: number): number {
  let depth = 0;
  const end = Math.min(tokens.length, start + MAX_OPERAND_TOKENS);
  for (let index = start; index < end; index++) {
    const { type, text } = tokens[index] ?? { type: "other", text: "" };
    if (type === "sign" && OPENING.has(text)) depth += 1;
    else if (type === "sign" && CLOSING.has(text)) depth -= 1;
    else if (depth === 0 && type === "sign" && text !== "." && text !== "?.") return index;
    if (depth < 0) return index;
  }
  return end;
}

/** `this.environment.host` as its names; null when it is more than names. */
function namesOf(tokens: readonly ScriptToken[], start: number, end: number): string[] | null {
  const names: string[] = [];
  for (let index = start; index < end; index++) {
    const token = tokens[index];
    const isName = (index - start) % 2 === 0;
    if (isName ? token?.type !== "name" : !isSign(token, ".") && !isSign(token, "?.")) return null;
    if (isName && token) names.push(token.text);
  }
  return names.length > 0 ? names : null;
}

type Definitions = ReadonlyMap<string, readonly Definition[]>;

/** `name = …`, `name: …` and `define(this, "name", …)`. */
function definitionsOf(tokens: readonly ScriptToken[]): Record<"assigned" | "properties", Definitions> {
  const assigned = new Map<string, Definition[]>();
  const properties = new Map<string, Definition[]>();
  const add = (all: Map<string, Definition[]>, name: string, definition: Definition) => {
    const known = all.get(name);
    if (known) known.push(definition);
    else all.set(name, [definition]);
  };
  for (const [at, { type, text }] of tokens.entries()) {
    const next = tokens[at + 1];
    if (type === "name" && isSign(next, "=")) add(assigned, text, { at, start: at + 2 });
    if (type === "name" && isSign(next, ":") && /^[{,]$/.test(tokens[at - 1]?.text ?? ""))
      add(properties, text, { at, start: at + 2 });
    if (type === "string" && isSign(next, ",") && tokens[at - 2]?.text === "this")
      add(assigned, text, { at, start: at + 2 });
  }
  return { assigned, properties };
}

/** The last definition before a place, else the first behind it. */
function nearest(definitions: readonly Definition[], at: number): Definition | undefined {
  let [low, high] = [0, definitions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((definitions[middle]?.at ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return definitions[Math.max(0, low - 1)];
}

/** Puts the strings of a script together, with the values of variables and members where the script says them. */
export function scriptValues(raw: readonly ScriptToken[]): ScriptValues {
  const { assigned, properties } = definitionsOf(raw);
  const known = new Map<number, string | null>();

  function valueAt(start: number, depth: number): string | null {
    const value = known.get(start);
    if (value !== undefined || depth > MAX_DEPTH) return value ?? null;
    known.set(start, null);
    const joined = joinedAt(start, depth + 1);
    const text = joined?.isKnown ? joined.text : null;
    known.set(start, text);
    return text;
  }

  /** Of all properties of one name, where they agree. */
  function onlyProperty(name: string, depth: number): string | null {
    const values = new Set(
      (properties.get(name) ?? []).slice(0, 20).map(({ start }) => valueAt(start, depth)),
    );
    values.delete(null);
    return values.size === 1 ? ([...values][0] ?? null) : null;
  }

  function textNamed(names: readonly string[], at: number, depth: number): string | null {
    const [last = "", owner] = names.toReversed();
    if (owner !== undefined && owner !== "this") {
      const object = nearest(assigned.get(owner) ?? [], at);
      const property = object && propertiesOf(raw, object.start).find(({ key }) => key === last);
      return property ? valueAt(property.value, depth) : onlyProperty(last, depth);
    }
    const definition = nearest(assigned.get(last) ?? [], at);
    return definition ? valueAt(definition.start, depth) : null;
  }

  /** `(…)`, whose end is `next`. */
  function groupAt(start: number, next: number, depth: number): Operand {
    const inner = depth > MAX_DEPTH ? null : joinedAt(start + 1, depth + 1);
    if (inner?.next !== next - 1) return { text: null, next, isLiteral: false };
    const name = inner.unknown?.name;
    return {
      text: inner.isKnown ? inner.text : null,
      next,
      isLiteral: inner.hasWords,
      ...(name !== undefined && { name }),
    };
  }

  function operandAt(start: number, depth: number): Operand {
    const first = raw[start];
    if (first?.type === "string") return { text: first.text, next: start + 1, isLiteral: true };
    const next =
      !first || (first.type === "sign" && !OPENING.has(first.text)) ? start : endOfOperand(raw, start);
    if (isSign(first, "(") && isSign(raw[next - 1], ")")) return groupAt(start, next, depth);
    const names = namesOf(raw, start, next);
    if (!names) return { text: null, next, isLiteral: false };
    const text = textNamed(names, start, depth + 1);
    const name = names.length === 1 ? names[0] : undefined;
    return { text, next, isLiteral: false, ...(name !== undefined && { name }) };
  }

  /** The arguments of `.concat(…)` behind an operand, which older compilers make of template literals. */
  function concatenated(start: number, depth: number): [parts: Operand[], next: number] {
    const parts: Operand[] = [];
    let next = start;
    while (isSign(raw[next], ".") && raw[next + 1]?.text === "concat" && isSign(raw[next + 2], "(")) {
      next += 3;
      while (next < raw.length && !isSign(raw[next], ")")) {
        const part = operandAt(next, depth);
        if (part.next === next) return [parts, next];
        parts.push(part);
        next = isSign(raw[part.next], ",") ? part.next + 1 : part.next;
      }
      next += 1;
    }
    return [parts, next];
  }

  /** Null where nothing is joined: no string, and no name. */
  function joinedAt(start: number, depth: number): Joined | null {
    const parts: Operand[] = [];
    let next = start;
    while (parts.length < MAX_PARTS) {
      const operand = operandAt(next, depth);
      if (operand.next === next) break;
      const [more, behind] = operand.isLiteral ? concatenated(operand.next, depth) : [[], operand.next];
      parts.push(operand, ...more);
      next = behind;
      if (!isSign(raw[next], "+")) break;
      next += 1;
    }
    if (parts.length === 0) return null;
    return { ...textOfParts(parts), next: isSign(raw[next - 1], "+") ? next - 1 : next };
  }

  const wrappers = new Map<string, string>();
  const tokens: ScriptToken[] = [];
  for (let index = 0; index < raw.length; ) {
    const token = raw[index];
    if (!token) break;
    const joined = startsJoined(raw, index) ? joinedAt(index, 0) : null;
    const isArgument = isSign(raw[index - 1], "(") && raw[index - 2]?.type === "name";
    if (joined && isArgument && joined.unknown && REQUESTS.has(raw[index - 2]?.text ?? "")) {
      const { name, before } = joined.unknown;
      const wrapper = functionTaking(raw, name, index);
      if (wrapper?.position === 0 && !REQUESTS.has(wrapper.name) && !wrappers.has(wrapper.name))
        wrappers.set(wrapper.name, before);
    }
    if (
      joined &&
      (joined.hasWords || (isArgument && joined.isKnown && /^(?:https?:\/)?\//.test(joined.text)))
    ) {
      tokens.push({ type: "string", text: joined.text });
      index = joined.next;
    } else {
      tokens.push(token);
      index += 1;
    }
  }

  const baseKeys = [...assigned, ...properties].filter(([name]) => BASE_KEY.test(name));
  const bases = baseKeys.flatMap(([, all]) => all.map(({ start }) => valueAt(start, 0) ?? ""));
  return {
    tokens,
    wrappers,
    bases: [...new Set(bases)].filter((base) => /^(?:https?:\/)?\/./.test(base)),
    baseOf(name) {
      for (const { start } of assigned.get(name) ?? []) {
        const call = endOfOperand(raw, start);
        const open = raw.slice(start, call).findIndex(({ text }) => text === "create");
        const base =
          open < 0 ? null : propertiesOf(raw, start + open + 2).find(({ key }) => BASE_KEY.test(key));
        if (base) return valueAt(base.value, 0);
      }
      return null;
    },
  };
}

/** Strings, and names that something is joined to or that are given to a call. */
function startsJoined(raw: readonly ScriptToken[], index: number): boolean {
  const token = raw[index];
  if (token?.type === "string") return true;
  if (token?.type !== "name" || isSign(raw[index - 1], ".") || isSign(raw[index - 1], "?.")) return false;
  let end = index + 1;
  while (end < index + 12 && isSign(raw[end], ".") && raw[end + 1]?.type === "name") end += 2;
  return isSign(raw[end], "+") || (isSign(raw[index - 1], "(") && /^[,)]$/.test(raw[end]?.text ?? ""));
}

/** A template literal that starts with an expression has nothing before it. */
function baseOf(parts: readonly Operand[]): number {
  const first = parts[0]?.text === "" ? 1 : 0;
  return parts[first]?.text === null && parts[first + 1]?.text?.startsWith("/") ? first + 1 : 0;
}

function unknownIn(parts: readonly Operand[]): Joined["unknown"] {
  const at = parts.findIndex(({ text, name }) => text === null && name !== undefined);
  const name = parts[at]?.name;
  const before = parts.slice(0, Math.max(0, at)).map(({ text }) => text ?? "");
  return name === undefined ? null : { name, before: before.join("") };
}

/** What is not known is a placeholder; in front of a path it is where paths start, which is nothing for the most. */
function textOfParts(parts: readonly Operand[]): Omit<Joined, "next"> {
  const shown = parts.slice(baseOf(parts));
  const isSaid = parts.some(({ text, isLiteral }) => isLiteral && text !== "");
  return {
    text: shown.map(({ text }) => text ?? PLACEHOLDER).join(""),
    hasWords: isSaid && shown.some(({ text }) => /[A-Za-z]/.test(text ?? "")),
    isKnown: parts.every(({ text }) => text !== null),
    unknown: unknownIn(parts),
  };
}
