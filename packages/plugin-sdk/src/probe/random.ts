/**
 * Consonants that spell no word, and none of `s c r i p t`, so that a filter for words such as `script` does not take a
 * marker for one.
 */
const ALPHABET = "bdfghjkmnqvwxz";

/** 14^12 ≈ 5·10^13: no page has it by accident, and no two markers of a scan are the same. */
const MARKER_LENGTH = 12;

/** Uniform enough for a test: a whole number from `low` to `high`, both included. */
export function randomNumber(low: number, high: number): number {
  const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
  return low + (value % (high - low + 1));
}

/** A new word of lower-case letters that stands nowhere else; letters alone survive every encoding. */
export function createMarker(): string {
  return Array.from({ length: MARKER_LENGTH }, () => ALPHABET[randomNumber(0, ALPHABET.length - 1)]).join("");
}

/** The same items in a random order (Fisher–Yates). */
export function shuffled<Item>(items: readonly Item[]): Item[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(randomNumber(0, rest.length - 1), 1));
}
