import type { AnyNode } from "acorn";
import { judges } from "./guards.ts";
import { bare, childrenOf, type FunctionNode, memberName, tryParse } from "./nodes.ts";
import { type Placed, readScript, type Scope, type ScriptModel } from "./script-model.ts";
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
}

const MARKUP_PROPERTIES = new Set(["innerHTML", "outerHTML", "srcdoc"]);
const JQUERY_MARKUP = new Set(["html", "append", "prepend", "after", "before", "replaceWith"]);
const TIMERS = new Set(["setTimeout", "setInterval"]);
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
  return node.operator === "=" && (target === "location" || target === "location.href")
    ? { kind: "navigation", name: target, value }
    : null;
}

function isJquery(node: AnyNode, scope: Scope, reader: TaintReader): boolean {
  const name = node.type === "CallExpression" ? reader.globalChain(node.callee, scope)?.join(".") : undefined;
  return name === "$" || name === "jQuery";
}

function calledSink(
  { node, scope }: Placed<Extract<AnyNode, { type: "CallExpression" | "NewExpression" }>>,
  reader: TaintReader,
): Sink | null {
  const [first, second] = node.arguments;
  if (!first) return null;
  const chain = reader.globalChain(node.callee, scope);
  const name = chain ? withoutWindow(chain) : "";
  const method = memberName(bare(node.callee));
  if (name === "document.write" || name === "document.writeln") return { kind: "markup", name, value: first };
  if (method === "insertAdjacentHTML" && second) return { kind: "markup", name: method, value: second };
  if (method !== null && (TRUSTED.has(method) || method === "createContextualFragment"))
    return { kind: "markup", name: method, value: first };
  if (method !== null && JQUERY_MARKUP.has(method) && node.callee.type === "MemberExpression")
    return isJquery(bare(node.callee.object), scope, reader)
      ? { kind: "markup", name: `$().${method}`, value: first }
      : null;
  if (name === "eval" || name === "Function" || TIMERS.has(name)) return { kind: "code", name, value: first };
  if (name === "location.assign" || name === "location.replace")
    return { kind: "navigation", name, value: first };
  return null;
}

/** Whether a browser would hand the sink what an attacker needs. */
function reaches(kind: SinkKind, taint: Taint): boolean {
  if (taint.isParameters) return false;
  if (kind === "markup") return taint.isDecoded;
  return taint.isPart && (kind === "code" || taint.isLeading);
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
      .some((test) => judges(test, names) || (isMessage && within !== null && asksForOrigin(test))),
  );
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
  if (!taint || !reaches(sink.kind, taint) || isGuarded(taint, at.scope, model)) return [];
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
