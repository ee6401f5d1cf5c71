import type { EndpointParameter } from "@picket/core";
import { endOfGroup } from "./script-objects.ts";
import { parametersAt } from "./script-parameters.ts";
import type { ScriptToken } from "./script-strings.ts";

/** A parameter of a function of the script, such as the second of `save(id, item)`. */
export interface FunctionParameter {
  readonly name: string;
  readonly position: number;
}

/** What functions are called with: fields of JSON by function and position of the argument, one list for each call. */
export type CallSites = ReadonlyMap<string, readonly (readonly EndpointParameter[])[]>;

export function siteKey({ name, position }: FunctionParameter): string {
  return `${name} ${position}`;
}

/** Tokens before a place that are searched for the function that it stands in. */
const MAX_DISTANCE = 150;
/** Arguments of one call that are read. */
const MAX_ARGUMENTS = 4;
/** Functions of one script that are called with fields. */
const MAX_SITES = 2_000;
/** A function that is called in more ways is one of many of its name: what it takes is not known. */
export const MAX_SHAPES = 4;
/** Names of one or two letters are made by minifiers, and stand for anything. */
const MIN_NAME_LENGTH = 3;
const KEYWORDS = new Set(["if", "for", "while", "switch", "catch", "return", "constructor", "function"]);

const isSign = (token: ScriptToken | undefined, text: string) =>
  token?.type === "sign" && token.text === text;

/** The `(` of the list that a token stands in, and the commas before it. */
function listAround(
  tokens: readonly ScriptToken[],
  index: number,
): { open: number; position: number } | null {
  let position = 0;
  for (let at = index - 1; at > Math.max(0, index - 30); at--) {
    const { type, text } = tokens[at] ?? { type: "other", text: "" };
    if (type !== "sign") continue;
    if (text === "(") return { open: at, position };
    if (text === ",") position += 1;
    else if (text !== "=") return null;
  }
  return null;
}

/** The function around `at` that takes `name`: `save(name) {`, `function save(x, name) {`, `save = (name) =>`. */
export function functionTaking(
  tokens: readonly ScriptToken[],
  name: string,
  at: number,
): FunctionParameter | null {
  for (let index = at - 1; index > Math.max(0, at - MAX_DISTANCE); index--) {
    const token = tokens[index];
    if (token?.type !== "name" || token.text !== name) continue;
    const isAlone = isSign(tokens[index + 1], "=>");
    const list = isAlone ? { open: index, position: 0 } : listAround(tokens, index);
    if (!list) continue;
    if (!isAlone && !/^(?:\{|=>)$/.test(tokens[endOfGroup(tokens, list.open)]?.text ?? "")) continue;
    const callee = nameBefore(tokens, list.open - 1);
    if (callee !== null) return { name: callee, position: list.position };
  }
  return null;
}

/** What a function is called by, before its parameters. */
function nameBefore(tokens: readonly ScriptToken[], index: number): string | null {
  let at = index;
  while (["async", "function"].includes(tokens[at]?.text ?? "")) at -= 1;
  if (isSign(tokens[at], "=") || isSign(tokens[at], ":")) at -= 1;
  const name = tokens[at];
  return name?.type === "name" && !KEYWORDS.has(name.text) ? name.text : null;
}

/** Fields that are given to a member one by one: `this.user.email = …`. */
function assignedFields(tokens: readonly ScriptToken[]): Map<string, Set<string>> {
  const fields = new Map<string, Set<string>>();
  for (const [index, token] of tokens.entries()) {
    if (!isSign(token, "=") || !isSign(tokens[index - 2], ".") || !isSign(tokens[index - 4], ".")) continue;
    const [field, owner] = [tokens[index - 1], tokens[index - 3]];
    if (field?.type !== "name" || owner?.type !== "name" || owner.text.length < MIN_NAME_LENGTH) continue;
    fields.set(owner.text, (fields.get(owner.text) ?? new Set()).add(field.text));
  }
  return fields;
}

/** Where each name was last given an object literal, from the first token on. */
function literalsOf(tokens: readonly ScriptToken[]): (name: string, before: number) => number | null {
  const starts = new Map<string, number[]>();
  for (const [index, token] of tokens.entries()) {
    const name = tokens[index - 2];
    if (!isSign(token, "{") || !isSign(tokens[index - 1], "=") || name?.type !== "name") continue;
    const known = starts.get(name.text);
    if (known) known.push(index);
    else starts.set(name.text, [index]);
  }
  return (name, before) =>
    starts.get(name)?.findLast((start) => start < before && before - start < MAX_DISTANCE) ?? null;
}

/** Reads what a body is made of from the script around it. */
export interface BodyReader {
  /** Fields of the argument that starts here; empty: not known. */
  fieldsAt(start: number): EndpointParameter[];
  callSites(): CallSites;
}

export function bodyReader(tokens: readonly ScriptToken[]): BodyReader {
  const assigned = assignedFields(tokens);
  const literalBefore = literalsOf(tokens);

  function fieldsAt(start: number): EndpointParameter[] {
    if (isSign(tokens[start], "{")) return parametersAt(tokens, start, "json");
    let end = start;
    while (tokens[end]?.type === "name" && isSign(tokens[end + 1], ".")) end += 2;
    const name = tokens[end];
    if (name?.type !== "name" || !/^[,)]$/.test(tokens[end + 1]?.text ?? "")) return [];
    const literal = end === start ? literalBefore(name.text, start) : null;
    if (literal !== null) return parametersAt(tokens, literal, "json");
    if (end === start) return [];
    return [...(assigned.get(name.text) ?? [])].map((field) => ({ name: `/${field}`, in: "json" as const }));
  }

  /** Fields of the arguments of the call whose `(` is here. */
  function fieldsOfCall(open: number): EndpointParameter[][] {
    const fields: EndpointParameter[][] = [];
    for (let start = open + 1; fields.length < MAX_ARGUMENTS; ) {
      fields.push(fieldsAt(start));
      const next = endOfArgument(tokens, start);
      if (!isSign(tokens[next], ",")) break;
      start = next + 1;
    }
    return fields;
  }

  return {
    fieldsAt,
    callSites() {
      const sites = new Map<string, EndpointParameter[][]>();
      for (const [index, token] of tokens.entries()) {
        const callee = tokens[index - 1];
        if (!isSign(token, "(") || callee?.type !== "name" || !isSign(tokens[index - 2], ".")) continue;
        if (callee.text.length < MIN_NAME_LENGTH || sites.size >= MAX_SITES) continue;
        for (const [position, fields] of fieldsOfCall(index).entries()) {
          const key = siteKey({ name: callee.text, position });
          if (fields.length > 0) sites.set(key, [...(sites.get(key) ?? []).slice(0, MAX_SHAPES), fields]);
        }
      }
      return sites;
    },
  };
}

function endOfArgument(tokens: readonly ScriptToken[], start: number): number {
  const end = Math.min(tokens.length, start + 60);
  for (let index = start; index < end; ) {
    const { type, text } = tokens[index] ?? { type: "other", text: "" };
    if (type === "sign" && (text === "," || text === ")")) return index;
    index = type === "sign" && "([{".includes(text) ? endOfGroup(tokens, index) : index + 1;
  }
  return end;
}
