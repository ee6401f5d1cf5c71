import { type EndpointParameter, MAX_EXAMPLE_LENGTH, type ParameterPosition } from "@picket/core";
import { places, type Reference } from "./reference.ts";
import { PLACEHOLDER, type ScriptToken, scriptTokens } from "./script-strings.ts";

/** Places that one script may name; a bundle names a few hundred, a list of all words of a language is none. */
const MAX_PLACES_PER_SCRIPT = 300;

/** Tokens of an object that are read for its keys. */
const MAX_OBJECT_TOKENS = 300;

const METHODS = new Set(["get", "post", "put", "patch", "delete", "head"]);
const PATH = /^(?:https?:\/\/[^\s"'<>\\]{1,200}|\.{0,2}\/[\w~.-][^\s"'<>\\|^`{}]{0,400}|\/)$/;
/** Words with slashes, as a call is given them: `api/users`. */
const RELATIVE = /^[\w-]{1,64}(?:\/[\w~.:-]{1,64}){0,8}\/?(?:\?[\w=&%.-]{0,200})?$/;
/** Not places: media types, dates, file systems, comments. */
const NO_PLACE = /^\/[*/]|^\/\.+$|^\.{1,2}\/?$|^\/(?:usr|home|etc|var|node_modules|proc)\/|\*/;

/** `/users/:id` and `/users/[id]`, as routers write them, with a value for each. */
function withValues(text: string): string {
  return text
    .replace(/\/:[A-Za-z_]\w*(?:\([^()]{0,40}\))?[?*+]?/g, `/${PLACEHOLDER}`)
    .replace(/\{[A-Za-z_]\w*\}|\[\.{0,3}[A-Za-z_]\w*\]/g, PLACEHOLDER);
}

interface Call {
  method: string;
  parameters: EndpointParameter[];
}

/** The index behind the bracket that closes the one at `start`. */
function endOfGroup(tokens: readonly ScriptToken[], start: number): number {
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

interface Property {
  key: string;
  /** Index of its value's first token; that of the key where it is its own value. */
  value: number;
}

/** Properties of the object literal whose `{` is at `start`. */
function propertiesOf(tokens: readonly ScriptToken[], start: number): Property[] {
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

function exampleAt(tokens: readonly ScriptToken[], index: number): Pick<EndpointParameter, "example"> {
  const token = tokens[index];
  const isLiteral = token && (token.type === "string" || /^(?:\d+|true|false)$/.test(token.text));
  return isLiteral && tokens[index - 1]?.text === ":" && token.text.length <= MAX_EXAMPLE_LENGTH
    ? { example: token.text }
    : {};
}

/** Parameters that an object literal names; those in JSON by pointer, with the objects inside it. */
function parametersAt(
  tokens: readonly ScriptToken[],
  start: number,
  position: ParameterPosition,
  parent = "",
): EndpointParameter[] {
  return propertiesOf(tokens, start).flatMap(({ key, value }): EndpointParameter[] => {
    const name = position === "json" ? `${parent}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}` : key;
    if (name.length > 256 || key === "") return [];
    if (position === "json" && tokens[value]?.text === "{")
      return parametersAt(tokens, value, position, name);
    return [{ name, in: position, ...exampleAt(tokens, value) }];
  });
}

/** What a body is made of: `JSON.stringify({…})`, `new URLSearchParams({…})`, or the object itself. */
function bodyAt(
  tokens: readonly ScriptToken[],
  start: number,
  plain: ParameterPosition,
): EndpointParameter[] {
  const [first, second, third] = [tokens[start]?.text, tokens[start + 1]?.text, tokens[start + 2]?.text];
  if (first === "JSON" && third === "stringify") return parametersAt(tokens, start + 4, "json");
  if (first === "new" && second === "URLSearchParams") return parametersAt(tokens, start + 3, "form");
  return first === "{" ? parametersAt(tokens, start, plain) : [];
}

function isJquery(name: string): boolean {
  return name === "$" || name === "jQuery";
}

/** What the options of a request say: `{method: "POST", body: …}`, `{type: "POST", data: …}`, `{params: …}`. */
function optionsAt(tokens: readonly ScriptToken[], start: number, data: ParameterPosition): Call {
  const call: Call = { method: "GET", parameters: [] };
  for (const { key, value } of propertiesOf(tokens, start)) {
    const token = tokens[value];
    if (
      (key === "method" || key === "type") &&
      token?.type === "string" &&
      METHODS.has(token.text.toLowerCase())
    )
      call.method = token.text.toUpperCase();
    if (key === "body" || key === "data") call.parameters.push(...bodyAt(tokens, value, data));
    if (key === "params" || key === "query") call.parameters.push(...parametersAt(tokens, value, "query"));
  }
  // What a GET carries goes into its query.
  if (call.method === "GET")
    call.parameters = call.parameters.map((one) => ({
      ...one,
      in: "query",
      name: one.name.replace(/^\//, ""),
    }));
  return call;
}

/** The object literal that the token at `index` stands in, as far as it is a property's value. */
function objectAround(tokens: readonly ScriptToken[], index: number): number | null {
  let depth = 0;
  for (let at = index - 1; at >= Math.max(0, index - MAX_OBJECT_TOKENS); at--) {
    const token = tokens[at];
    if (token?.type !== "sign") continue;
    if (")]}".includes(token.text)) depth += 1;
    else if ("([{".includes(token.text)) depth -= 1;
    if (depth < 0) return token.text === "{" ? at : null;
  }
  return null;
}

const CALLS = new Set(["fetch", "axios", "request", "ajax"]);

/** Text of the token so many places before one. */
type Before = (steps: number) => string;

/** `fetch("/x", …)`, `axios.post("/x", …)`, `$.get("/x", …)`. `options`: where the second argument starts. */
function directCall(tokens: readonly ScriptToken[], before: Before, options: number): Call | null {
  const callee = before(2);
  if (CALLS.has(callee)) return optionsAt(tokens, options, callee === "ajax" ? "form" : "json");
  if (before(3) !== "." || !METHODS.has(callee.toLowerCase())) return null;
  const method = callee.toUpperCase();
  const isOfJquery = isJquery(before(4));
  if (method === "GET" && !isOfJquery)
    return { method, parameters: optionsAt(tokens, options, "query").parameters };
  const position = isOfJquery ? "form" : "json";
  return { method, parameters: bodyAt(tokens, options, method === "GET" ? "query" : position) };
}

/** How the string at `index` is requested, when it is the address of a call; null when it is only a string. */
function callAt(tokens: readonly ScriptToken[], index: number): Call | null {
  const before: Before = (steps) => tokens[index - steps]?.text ?? "";
  if (before(1) === "(") return directCall(tokens, before, tokens[index + 1]?.text === "," ? index + 2 : -1);
  // `open("POST", "/x")`
  if (before(1) === "," && before(3) === "(" && before(4) === "open" && METHODS.has(before(2).toLowerCase()))
    return { method: before(2).toUpperCase(), parameters: [] };
  // `$.ajax({url: "/x", …})`, `axios({url: "/x", …})`
  const object = before(1) === ":" && before(2) === "url" ? objectAround(tokens, index) : null;
  return object === null
    ? null
    : optionsAt(tokens, object, tokens[object - 2]?.text === "ajax" ? "form" : "json");
}

function isPlace(text: string, isCalled: boolean): boolean {
  if (NO_PLACE.test(text) || text.length > 500) return false;
  return PATH.test(text) || (isCalled && RELATIVE.test(text));
}

/**
 * Places that a script names: strings that are paths of their own, and the addresses of `fetch`, `XMLHttpRequest`, axios
 * and jQuery calls with method and parameters. All are guesses but those that are requested by another method than GET.
 * `base`: the page that the script runs in, which relative addresses start from; `foundAt`: the script or the page
 * that it stands in, which modules start from.
 */
export function scriptReferences(
  source: string,
  { base, foundAt }: { readonly base: string; readonly foundAt: string },
): { references: Reference[]; left: number } {
  const tokens = scriptTokens(source);
  const found = new Map<string, Reference>();
  let left = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.type !== "string" || token.text.length < 2) continue;
    const call = callAt(tokens, index);
    const address = withValues(token.text);
    if (!isPlace(address, call !== null)) continue;
    const { method, parameters } = call ?? { method: "GET", parameters: [] };
    const key = JSON.stringify([method, address, parameters.map(({ name }) => name)]);
    if (found.has(key)) continue;
    if (found.size >= MAX_PLACES_PER_SCRIPT) {
      left += 1;
      continue;
    }
    const isGet = method === "GET";
    const more = { method, parameters, isRequestable: isGet, isGuess: isGet, foundAt };
    const from = address.startsWith(".") && call === null ? foundAt : base;
    for (const reference of places([address], from, "script", more)) found.set(key, reference);
  }
  return { references: [...found.values()], left };
}
