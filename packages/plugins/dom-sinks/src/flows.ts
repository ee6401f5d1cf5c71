import type { AnyNode } from "acorn";
import { judges } from "./guards.ts";
import { bare, childrenOf, constantText, type FunctionNode, memberName, tryParse } from "./nodes.ts";
import { lookUp, type Placed, readScript, type Scope, type ScriptModel } from "./script-model.ts";
import { createTaintReader, type Taint, type TaintReader } from "./taint.ts";

/** What happens with the value: it becomes markup, code, or the page's address. */
export type SinkKind = "markup" | "code" | "navigation";

/** A way from an address, or a message, into a sink. */
export interface Flow {
  readonly kind: SinkKind;
  /** Such as `innerHTML`. */
  readonly sink: string;
  readonly source: string;
  /** Of the statement's part in the script, characters. */
  readonly start: number;
  readonly end: number;
}

interface Sink {
  readonly kind: SinkKind;
  readonly name: string;
  readonly value: AnyNode;
  /** Only what the value begins with counts, as in an address. */
  readonly isAddress?: boolean;
}

const MARKUP_PROPERTIES = new Set(["innerHTML", "outerHTML", "srcdoc"]);
const JQUERY_MARKUP = new Set(["html", "append", "prepend", "after", "before", "replaceWith"]);
const TIMERS = new Set(["setTimeout", "setInterval"]);
const EVALUATORS = new Set(["eval", "Function", "execScript", "$.globalEval", "jQuery.globalEval"]);
const LOCATION_METHODS = new Set(["location.assign", "location.replace"]);
/** Attributes, and properties in lower case, whose address is followed when the visitor does as asked. */
const FOLLOWED = new Set(["href", "action", "formaction", "xlink:href"]);
const FRAMES = new Set(["iframe", "frame", "embed"]);
const TRUSTED = new Set(["bypassSecurityTrustHtml", "bypassSecurityTrustScript"]);

function withoutWindow(chain: readonly string[]): string {
  const first = chain.findIndex((name) => !["window", "self", "top", "parent", "globalThis"].includes(name));
  const rest = chain.slice(first);
  return (rest[0] === "document" && rest[1] === "location" ? rest.slice(1) : rest).join(".");
}

function assignedSink(
  { node, scope }: Placed<Extract<AnyNode, { type: "AssignmentExpression" }>>,
  reader: TaintReader,
): Sink | null {
  if (node.operator !== "=" && node.operator !== "+=") return null;
  const property = memberName(node.left);
  const value = node.right;
  if (property !== null && MARKUP_PROPERTIES.has(property)) return { kind: "markup", name: property, value };
  const chain = reader.globalChain(node.left, scope);
  const target = chain && withoutWindow(chain);
  if (node.operator !== "=") return null;
  if (target === "location" || target === "location.href")
    return { kind: "navigation", name: target, value, isAddress: true };
  return property !== null && node.left.type === "MemberExpression"
    ? attributeSink(property, value, elementOf(node.left.object, scope))
    : null;
}

/** Name of the element that a variable was given; null: it came from elsewhere. */
function elementOf(node: AnyNode, scope: Scope): string | null {
  const held = bare(node);
  const [value] = held.type === "Identifier" ? (lookUp(held.name, scope) ?? []) : [];
  const call = value && value !== "message" ? bare(value.node) : null;
  if (call?.type !== "CallExpression" || memberName(call.callee) !== "createElement") return null;
  return call.arguments[0] ? (constantText(call.arguments[0])?.toLowerCase() ?? null) : null;
}

/** `element`: what has the attribute, as far as the script says. A new `a` is what scripts take addresses apart with. */
function attributeSink(attribute: string, value: AnyNode, element: string | null): Sink | null {
  const name = attribute.toLowerCase();
  if (/^on[a-z]{3,20}$/.test(name)) return { kind: "code", name: attribute, value };
  if (name === "srcdoc") return { kind: "markup", name: attribute, value };
  if (name === "src" && element === "script")
    return { kind: "code", name: "script.src", value, isAddress: true };
  const isFrame = name === "src" && element !== null && FRAMES.has(element);
  const isFollowed = FOLLOWED.has(name) && element !== "a" && element !== "link";
  return isFrame || isFollowed ? { kind: "navigation", name: attribute, value, isAddress: true } : null;
}

/** Of functions that browsers have, by the ways that name them. */
function globalSink([first]: readonly string[], name: string, value: AnyNode): Sink | null {
  if (EVALUATORS.has(name) || TIMERS.has(name)) return { kind: "code", name, value };
  const isFollowed = LOCATION_METHODS.has(name) || (name === "open" && first === "window");
  return isFollowed ? { kind: "navigation", name, value, isAddress: true } : null;
}

type Call = Extract<AnyNode, { type: "CallExpression" | "NewExpression" }>;

/** `$(…).method(…)` */
function isOfJquery({ callee }: Call, scope: Scope, reader: TaintReader): boolean {
  const object = callee.type === "MemberExpression" ? bare(callee.object) : null;
  const name = object?.type === "CallExpression" ? reader.globalChain(object.callee, scope)?.join(".") : null;
  return name === "$" || name === "jQuery";
}

function calledAttribute(name: AnyNode, value: AnyNode, { callee }: Call, scope: Scope): Sink | null {
  const attribute = constantText(bare(name));
  const object = callee.type === "MemberExpression" ? callee.object : null;
  return attribute === null ? null : attributeSink(attribute, value, object && elementOf(object, scope));
}

function calledSink({ node, scope }: Placed<Call>, reader: TaintReader): Sink | null {
  const [first, second] = node.arguments;
  if (!first) return null;
  const chain = reader.globalChain(node.callee, scope);
  const name = chain ? withoutWindow(chain) : "";
  const method = memberName(bare(node.callee));
  if (name === "document.write" || name === "document.writeln") return { kind: "markup", name, value: first };
  if (method === "insertAdjacentHTML" && second) return { kind: "markup", name: method, value: second };
  if (method !== null && (TRUSTED.has(method) || method === "createContextualFragment"))
    return { kind: "markup", name: method, value: first };
  if (method !== null && JQUERY_MARKUP.has(method) && isOfJquery(node, scope, reader))
    return { kind: "markup", name: `$().${method}`, value: first };
  if (method === "setAttribute" || (method === "attr" && isOfJquery(node, scope, reader)))
    return second ? calledAttribute(first, second, node, scope) : null;
  return chain && globalSink(chain, name, first);
}

/** Whether a browser would hand the sink what an attacker needs. */
function reaches({ kind, isAddress = false }: Sink, taint: Taint): boolean {
  if (taint.isParameters) return false;
  if (kind === "markup") return taint.isDecoded;
  return taint.isPart && (!isAddress || taint.isLeading);
}

function isGuarded(taint: Taint, scope: Scope, model: ScriptModel): boolean {
  const functions = new Set<FunctionNode | null>();
  for (let at: Scope | null = scope; at; at = at.parent) functions.add(at.within);
  functions.add(null);
  const { names } = taint;
  const isMessage = taint.source === "message";
  return [...functions].some((within) =>
    model
      .testsIn(within)
      .filter((test) => !(isMessage && asksForPart(test)))
      .some((test) => judges(test, names) || (isMessage && within !== null && asksForOrigin(test))),
  );
}

/** What only looks for a part of the origin lets `https://example.org.attacker.test` pass. */
const PARTLY = new Set(["indexOf", "includes", "startsWith", "search", "match"]);

function asksForPart(node: AnyNode): boolean {
  const isPart = node.type === "MemberExpression" && PARTLY.has(memberName(node) ?? "");
  return (isPart && memberName(bare(node.object)) === "origin") || childrenOf(node).some(asksForPart);
}

function asksForOrigin(node: AnyNode): boolean {
  return memberName(node) === "origin" || childrenOf(node).some(asksForOrigin);
}

/** `{ __html: value }`, as React takes it. */
function propertySink({ node }: Placed<Extract<AnyNode, { type: "Property" }>>): Sink | null {
  const isHtml = node.key.type === "Identifier" && node.key.name === "__html";
  return isHtml ? { kind: "markup", name: "dangerouslySetInnerHTML", value: node.value } : null;
}

function flowOf(sink: Sink, at: Placed, model: ScriptModel, reader: TaintReader): Flow[] {
  const taint = reader.taintOf(sink.value, at.scope);
  if (!taint || !reaches(sink, taint) || isGuarded(taint, at.scope, model)) return [];
  const { start, end } = at.node;
  return [{ kind: sink.kind, sink: sink.name, source: taint.source, start, end }];
}

/** The ways that a script has; none for what cannot be read. */
export function findFlows(script: string): Flow[] {
  try {
    const program = tryParse(script);
    if (!program) return [];
    const model = readScript(program);
    const reader = createTaintReader(model);
    const of = <Node extends AnyNode>(at: Placed<Node>, sink: Sink | null) =>
      sink ? flowOf(sink, at, model, reader) : [];
    const flows = [
      ...model.assignments.flatMap((at) => of(at, assignedSink(at, reader))),
      ...model.calls.flatMap((at) => of(at, calledSink(at, reader))),
      ...model.properties.flatMap((at) => of(at, propertySink(at))),
    ];
    return flows.sort((a, b) => a.start - b.start);
  } catch (error) {
    // Nested deeper than the stack reaches.
    if (error instanceof RangeError) return [];
    throw error;
  }
}
