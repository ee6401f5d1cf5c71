/**
 * Levels of arrays and objects that JSON from outside may nest. Nobody writes a hundred. From about 9,000 on, V8 14.6
 * (all of Node 26) overwrites memory that is not its own when such a text breaks off inside: the process ends, at best.
 */
export const MAX_JSON_DEPTH = 500;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Index of the quote that ends the string which starts here; the text's length where none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

/** Whether JSON nests deeper than `MAX_JSON_DEPTH`, as far as it is JSON; takes time in proportion to the text. */
export function isTooDeep(text: string): boolean {
  if (text.length <= MAX_JSON_DEPTH) return false;
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    // `[` and `{`, `]` and `}`: they differ in one bit.
    if (code === QUOTE) index = endOfString(text, index);
    else if ((code | 0x20) === 0x7b) depth += 1;
    else if ((code | 0x20) === 0x7d) depth -= 1;
    if (depth > MAX_JSON_DEPTH) return true;
  }
  return false;
}

/** As `JSON.parse`, for texts that others have written. Throws SyntaxError also where they nest too deep. */
export function parseJson(text: string, reviver?: Parameters<typeof JSON.parse>[1]): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`JSON nests more than ${MAX_JSON_DEPTH} levels`);
  return JSON.parse(text, reviver);
}
