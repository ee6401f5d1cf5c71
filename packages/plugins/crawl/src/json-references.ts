import { jsonLeaves, parseJson } from "@picket/core";
import { places, type Reference } from "./reference.ts";

/** Values of one document that are looked at. */
const MAX_LEAVES = 5_000;
const PATH_LIKE = /^(?:https?:\/\/|\/[\w~.-])[^\s"'<>\\^`{}|]{0,400}$/;
const FILE_SYSTEM = /^\/(?:usr|home|etc|var|opt|tmp|bin|srv)\//;

/** Paths and addresses that a JSON document holds. */
export function jsonReferences(document: unknown, base: string): Reference[] {
  const found = jsonLeaves(document, MAX_LEAVES)
    .map(([, value]) => value)
    .filter((value) => PATH_LIKE.test(value) && !FILE_SYSTEM.test(value));
  return places([...new Set(found)], base, "link", { isGuess: true, foundAt: base });
}

/** Null where the text is no JSON. */
export function tryJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // Cut off, or no JSON at all: it names nothing.
    return null;
  }
}
