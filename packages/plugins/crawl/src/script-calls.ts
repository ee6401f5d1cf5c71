import { type EndpointParameter, kindOf, MAX_EXAMPLE_LENGTH, type ParameterPosition } from "@picket/core";
import { type BodyReader, type FunctionParameter, functionTaking } from "./script-bodies.ts";
import { MAX_OBJECT_TOKENS, propertiesOf } from "./script-objects.ts";
import { parametersAt } from "./script-parameters.ts";
import type { ScriptToken } from "./script-strings.ts";
import type { ScriptValues } from "./script-values.ts";

/** How a script requests an address. */
export interface Call {
  method: string;
  /** What the client puts before the address; null: not known, absent: nothing. */
  base?: string | null;
  parameters: EndpointParameter[];
  /** Where the fields of its JSON body are not to be seen: what hands the body over, as far as that is. */
  open?: FunctionParameter | null;
}

/** A script as it is read for calls. */
export interface Script extends ScriptValues {
  readonly bodies: BodyReader;
}

const METHODS = new Set(["get", "post", "put", "patch", "delete", "head"]);

type Body = Pick<Call, "parameters" | "open">;

/** What a body is made of: `JSON.stringify({…})`, `new URLSearchParams({…})`, the object itself, or what holds it. */
function bodyAt({ tokens, bodies }: Script, start: number, plain: ParameterPosition): Body {
  const [first, second, third] = [tokens[start]?.text, tokens[start + 1]?.text, tokens[start + 2]?.text];
  if (first === "new" && second === "URLSearchParams")
    return { parameters: parametersAt(tokens, start + 3, "form") };
  if (first === "new") return { parameters: [] };
  const isText = first === "JSON" && third === "stringify";
  if (first === "{") return { parameters: parametersAt(tokens, start, plain) };
  if (plain !== "json" && !isText) return { parameters: [] };
  const at = isText ? start + 4 : start;
  const parameters = bodies.fieldsAt(at);
  const name = tokens[at];
  return parameters.length > 0 || name?.type !== "name"
    ? { parameters }
    : { parameters, open: functionTaking(tokens, name.text, at) };
}

/** Header names are told by their lower case. */
function headersAt(tokens: readonly ScriptToken[], start: number): EndpointParameter[] {
  return parametersAt(tokens, start, "header").map((one) => ({ ...one, name: one.name.toLowerCase() }));
}

function isJquery(name: string): boolean {
  return name === "$" || name === "jQuery";
}

/** What the options of a request say: `{method: "POST", body: …}`, `{type: "POST", data: …}`, `{params: …}`. */
function optionsAt(script: Script, start: number, data: ParameterPosition): Call {
  const { tokens } = script;
  const call: Call = { method: "GET", parameters: [] };
  for (const { key, value } of propertiesOf(tokens, start)) {
    const token = tokens[value];
    if (
      (key === "method" || key === "type") &&
      token?.type === "string" &&
      METHODS.has(token.text.toLowerCase())
    )
      call.method = token.text.toUpperCase();
    if (key === "body" || key === "data") {
      const body = bodyAt(script, value, data);
      call.parameters.push(...body.parameters);
      if (body.open !== undefined) call.open = body.open;
    }
    if (key === "headers") call.parameters.push(...ownHeaders(headersAt(tokens, value)));
    if (key === "params" || key === "query") call.parameters.push(...parametersAt(tokens, value, "query"));
  }
  // What a GET carries goes into its query.
  if (call.method === "GET")
    call.parameters = call.parameters.map((one) =>
      one.in === "header" ? one : { ...one, in: "query", name: one.name.replace(/^\//, "") },
    );
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

/** What every client sends by itself; what such a header holds is no parameter of the application. */
const COMMON_HEADER =
  /^(?:accept|content|if|sec|cache|x-(?:csrf|xsrf|requested))-|^(?:accept|authorization|cookie|pragma|origin|referer|user-agent)$/i;

function ownHeaders(parameters: readonly EndpointParameter[]): EndpointParameter[] {
  return parameters.filter(({ name }) => !COMMON_HEADER.test(name) && kindOf(name, undefined) !== "token");
}

/** Tokens after `open(…)` in which the request is made up and sent. */
const MAX_UNTIL_SENT = 250;

/** `setRequestHeader("x-shop", …)` and `send("a=1&b=" + c)` after an XMLHttpRequest was opened. */
function afterOpen(script: Script, index: number): EndpointParameter[] {
  const { tokens } = script;
  const parameters: EndpointParameter[] = [];
  for (let at = index + 1; at < Math.min(tokens.length - 2, index + MAX_UNTIL_SENT); at++) {
    const [word, sign, first] = [tokens[at], tokens[at + 1], tokens[at + 2]];
    if (tokens[at - 1]?.text !== "." || word?.type !== "name" || sign?.text !== "(" || !first) continue;
    if (word.text === "open") break;
    if (word.text === "setRequestHeader" && first.type === "string")
      parameters.push(...ownHeaders([{ name: first.text.toLowerCase(), in: "header" }]));
    if (word.text !== "send") continue;
    const isForm = first.type === "string" && /^[\w.[\]-]{1,100}=/.test(first.text);
    if (!isForm) return [...parameters, ...bodyAt(script, at + 2, "json").parameters];
    for (const [name, example] of new URLSearchParams(first.text))
      parameters.push({
        name,
        in: "form",
        ...(example !== "" && { example: example.slice(0, MAX_EXAMPLE_LENGTH) }),
      });
    break;
  }
  return parameters;
}

const CALLS = new Set(["fetch", "axios", "request", "ajax"]);

/** Text of the token so many places before one. */
type Before = (steps: number) => string;

/**
 * `fetch("/x", …)`, `axios.post("/x", …)`, `$.get("/x", …)`, and functions of the script's own: those that pass an address
 * on to one of these, or are given a method with it. `options`: where the second argument starts.
 */
function directCall(script: Script, before: Before, options: number): Call | null {
  const { tokens, wrappers, baseOf } = script;
  const callee = before(2);
  if (CALLS.has(callee)) return optionsAt(script, options, callee === "ajax" ? "form" : "json");
  const prefix = wrappers.get(callee);
  if (prefix !== undefined || namesMethod(tokens, options))
    return { ...optionsAt(script, options, "json"), base: prefix ?? null };
  if (before(3) !== "." || !METHODS.has(callee.toLowerCase())) return null;
  return { ...methodCall(script, before, options), base: baseOf(before(4)) };
}

function namesMethod(tokens: readonly ScriptToken[], options: number): boolean {
  return propertiesOf(tokens, options).some(
    ({ key, value }) =>
      key === "method" && tokens[value]?.type === "string" && METHODS.has(tokens[value].text.toLowerCase()),
  );
}

function methodCall(script: Script, before: Before, options: number): Call {
  const method = before(2).toUpperCase();
  const isOfJquery = isJquery(before(4));
  if (method === "GET" && !isOfJquery)
    return { method, parameters: optionsAt(script, options, "query").parameters };
  const position = isOfJquery ? "form" : "json";
  return { method, ...bodyAt(script, options, method === "GET" ? "query" : position) };
}

/** How the string at `index` is requested, when it is the address of a call; null when it is only a string. */
export function callAt(script: Script, index: number): Call | null {
  const { tokens } = script;
  const before: Before = (steps) => tokens[index - steps]?.text ?? "";
  if (before(1) === "(") return directCall(script, before, tokens[index + 1]?.text === "," ? index + 2 : -1);
  // `open("POST", "/x")`
  if (before(1) === "," && before(3) === "(" && before(4) === "open" && METHODS.has(before(2).toLowerCase()))
    return { method: before(2).toUpperCase(), parameters: afterOpen(script, index) };
  // `$.ajax({url: "/x", …})`, `axios({url: "/x", …})`
  const object = before(1) === ":" && before(2) === "url" ? objectAround(tokens, index) : null;
  return object === null
    ? null
    : optionsAt(script, object, tokens[object - 2]?.text === "ajax" ? "form" : "json");
}
