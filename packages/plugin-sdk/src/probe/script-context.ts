import { type Node, parse, tokenizer } from "acorn";

/** Where in a script something stands. */
export type ScriptPlace =
  | "single-quoted"
  | "double-quoted"
  | "template"
  | "regexp"
  | "line-comment"
  | "block-comment"
  | "code";

const STRING_PLACES: Readonly<Record<string, ScriptPlace>> = { "'": "single-quoted", '"': "double-quoted" };

interface Span {
  readonly start: number;
  readonly end: number;
  readonly place: ScriptPlace;
}

function placeOfToken(label: string, first: string): ScriptPlace {
  if (label === "string") return STRING_PLACES[first] ?? "code";
  if (label === "template" || label === "invalidTemplate") return "template";
  return label === "regexp" ? "regexp" : "code";
}

/** Tokens and comments as far as the script can be read. */
function* spansOf(script: string): Generator<Span> {
  const comments: Span[] = [];
  const tokens = tokenizer(script, {
    ecmaVersion: "latest",
    onComment: (isBlock, _text, start, end) =>
      void comments.push({ start, end, place: isBlock ? "block-comment" : "line-comment" }),
  });
  try {
    for (const { type, start, end } of tokens) {
      yield* comments.splice(0);
      yield { start, end, place: placeOfToken(type.label, script[start] ?? "") };
    }
  } catch {
    // A script with an error: what was read before it stands.
  }
  yield* comments;
}

/** Where in a script an offset is; `code` also where the script cannot be read that far. */
export function scriptPlaceAt(script: string, offset: number): ScriptPlace {
  for (const { start, end, place } of spansOf(script)) {
    if (offset >= start && offset < end) return place;
    if (start > offset) break;
  }
  return "code";
}

const OPENING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** The brackets that the rest of a line closes, as `)}` of `, 2)};`: what comments it out must close them itself. */
export function closedOnLine(script: string, offset: number): string {
  const line = script.slice(offset).split(/[\n\r\u2028\u2029]/, 1)[0] ?? "";
  const open: string[] = [];
  let closed = "";
  for (const { place, start, end } of spansOf(line)) {
    const sign = place === "code" ? line.slice(start, end) : "";
    if (OPENING[sign]) open.push(sign);
    else if (/^[)\]}]$/.test(sign) && open.pop() === undefined) closed += sign;
  }
  return closed;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

/** `name()`, or `name` with a template, which is a call too. */
function isCallOf(node: Node, name: string): boolean {
  const callee = "callee" in node ? node.callee : "tag" in node ? node.tag : null;
  return isNode(callee) && callee.type === "Identifier" && "name" in callee && callee.name === name;
}

function hasCallOf(root: Node, name: string): boolean {
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (isCallOf(node, name)) return true;
    for (const child of Object.values(node).flat()) if (isNode(child)) waiting.push(child);
  }
  return false;
}

function tryParse(script: string, sourceType: "script" | "module"): Node | null {
  try {
    return parse(script, { ecmaVersion: "latest", sourceType, allowReturnOutsideFunction: true });
  } catch {
    // Not a script, or one too deeply nested to be read: nothing is known to run.
    return null;
  }
}

/** True when the script as a whole can be run and holds a call of the function `name`. */
export function callsFunction(script: string, name: string): boolean {
  if (!script.includes(name)) return false;
  const program = tryParse(script, "script") ?? tryParse(script, "module");
  return program !== null && hasCallOf(program, name);
}
