/** An entry of a directory: attributes in lower case, each with its values. */
export type Entry = Readonly<Record<string, readonly string[]>>;

type Test = (entry: Entry) => boolean;

interface Cursor {
  readonly text: string;
  at: number;
}

function fail({ at }: Cursor, what: string): never {
  throw new Error(`Bad search filter (-7): ${what} at ${at}`);
}

function take(cursor: Cursor, character: string): void {
  if (cursor.text[cursor.at] !== character) fail(cursor, `"${character}" expected`);
  cursor.at += 1;
}

function list(cursor: Cursor): Test[] {
  const tests: Test[] = [];
  while (cursor.text[cursor.at] === "(") tests.push(filter(cursor));
  return tests;
}

/** A value's pieces between its asterisks, escapes undone (RFC 4515 §3). */
function piecesOf(cursor: Cursor): string[] {
  const pieces = [""];
  for (; cursor.at < cursor.text.length && cursor.text[cursor.at] !== ")"; cursor.at += 1) {
    const character = cursor.text[cursor.at] ?? "";
    if (character === "(") fail(cursor, "a parenthesis in a value");
    if (character === "*") pieces.push("");
    else if (character !== "\\") pieces[pieces.length - 1] += character;
    else {
      const hex =
        /^[0-9a-f]{2}/i.exec(cursor.text.slice(cursor.at + 1))?.[0] ?? fail(cursor, "an escape that is none");
      pieces[pieces.length - 1] += String.fromCharCode(Number.parseInt(hex, 16));
      cursor.at += 2;
    }
  }
  return pieces;
}

function matches(value: string, [first = "", ...others]: readonly string[]): boolean {
  const text = value.toLowerCase();
  if (others.length === 0) return text === first;
  const last = others.pop() ?? "";
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const middle of others) {
    const found = text.indexOf(middle, at);
    if (found < 0) return false;
    at = found + middle.length;
  }
  return at <= text.length - last.length;
}

function item(cursor: Cursor): Test {
  const [, attribute] = /^([A-Za-z][\w.-]*)=/.exec(cursor.text.slice(cursor.at)) ?? [];
  if (attribute === undefined) return fail(cursor, "no attribute");
  cursor.at += attribute.length + 1;
  const pieces = piecesOf(cursor).map((piece) => piece.toLowerCase());
  return (entry) => (entry[attribute.toLowerCase()] ?? []).some((value) => matches(value, pieces));
}

function inside(cursor: Cursor): Test {
  const operator = cursor.text[cursor.at] ?? "";
  if (!"&|!".includes(operator) || operator === "") return item(cursor);
  cursor.at += 1;
  if (operator === "!") {
    const not = filter(cursor);
    return (entry) => !not(entry);
  }
  const tests = list(cursor);
  return (entry) =>
    operator === "&" ? tests.every((test) => test(entry)) : tests.some((test) => test(entry));
}

function filter(cursor: Cursor): Test {
  take(cursor, "(");
  const test = inside(cursor);
  take(cursor, ")");
  return test;
}

/** The filter as a test of entries (RFC 4515, without matching rules and order). Throws when it cannot be read. */
export function parseFilter(text: string): Test {
  const cursor = { text, at: 0 };
  const test = filter(cursor);
  if (cursor.at < text.length) fail(cursor, "more than one filter");
  return test;
}

/** A value as a filter writes it. */
export function escapeFilter(value: string): string {
  return value.replace(
    /[\\*()\0]/g,
    (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
