import type { ScriptToken } from "./script-strings.ts";

/** Tokens of an object that are read for its keys. */
export const MAX_OBJECT_TOKENS = 300;

/** The index behind the bracket that closes the one at `start`. */
export function endOfGroup(tokens: readonly ScriptToken[], start: number): number {
  let depth = 0;
  const end = Math.min(tokens.length, start + MAX_OBJECT_TOKENS);
  for (let index = start; index < end; index++) {
    const token = tokens[index];
    if (token?.type !== "sign") continue;
    if ("([{".includes(token.text)) depth += 1;
    else if (")]}".includes(token.text)) depth -= 1;
    if (depth === 0) return index + 1;
  }
  return end;
}

export interface Property {
  readonly key: string;
  /** Index of its value's first token; that of the key where it is its own value. */
  readonly value: number;
}

/** Properties of the object literal whose `{` is at `start`; none where there is no such literal. */
export function propertiesOf(tokens: readonly ScriptToken[], start: number): Property[] {
  if (tokens[start]?.text !== "{") return [];
  const properties: Property[] = [];
  const end = endOfGroup(tokens, start) - 1;
  let isKeyNext = true;
  for (let index = start + 1; index < end; ) {
    const token = tokens[index];
    if (!token) break;
    if (isKeyNext && (token.type === "name" || token.type === "string")) {
      const hasValue = tokens[index + 1]?.text === ":";
      properties.push({ key: token.text, value: hasValue ? index + 2 : index });
      isKeyNext = false;
    }
    if (token.type === "sign" && "([{".includes(token.text)) index = endOfGroup(tokens, index);
    else {
      if (token.type === "sign" && token.text === ",") isKeyNext = true;
      index += 1;
    }
  }
  return properties;
}
