import { plainText } from "./plain-text.ts";

/** Parts of a text that stand in this order, each at most `MAX_GAP` characters after the one before. */
export interface Signature<Name extends string = string> {
  readonly name: Name;
  readonly parts: readonly [string, ...string[]];
}

/** What an error message names between its fixed words: a token of the query, a file, a line. */
const MAX_GAP = 160;

export interface SignatureMatch<Name extends string = string> {
  readonly name: Name;
  /** Of the plain text, see `plainText`. */
  readonly snippet: string;
}

/** End of the last part when all follow one another from `start`; -1: they do not. */
function endOfParts(text: string, [first, ...others]: Signature["parts"], start: number): number {
  let end = start + first.length;
  for (const part of others) {
    const at = text.slice(end, end + MAX_GAP + part.length).indexOf(part);
    if (at < 0) return -1;
    end += at + part.length;
  }
  return end;
}

function find(text: string, { parts }: Signature): { start: number; end: number } | null {
  const [first] = parts;
  for (let start = text.indexOf(first); start >= 0; start = text.indexOf(first, start + 1)) {
    const end = endOfParts(text, parts, start);
    if (end >= 0) return { start, end };
  }
  return null;
}

/**
 * A search for signatures that come as data: fixed words with bounded gaps between them, so that it takes time in
 * proportion to the text whatever the text is. Letter case is ignored, and how quotes are escaped.
 */
export function compileSignatures<Name extends string>(
  signatures: readonly Signature<Name>[],
): (text: string) => SignatureMatch<Name> | null {
  const lower = signatures.map(({ name, parts: [first, ...others] }) => ({
    name,
    parts: [first.toLowerCase(), ...others.map((part) => part.toLowerCase())] as const,
  }));
  return (text) => {
    const plain = plainText(text);
    const searched = plain.toLowerCase();
    for (const { name, parts } of lower) {
      const found = find(searched, { name, parts: [...parts] });
      if (found) return { name, snippet: plain.slice(found.start, found.end + 120).slice(0, 400) };
    }
    return null;
  };
}
