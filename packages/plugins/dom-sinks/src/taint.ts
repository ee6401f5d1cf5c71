import type { AnyNode, CallExpression } from "acorn";
import { judges } from "./guards.ts";
import { bare, chainOf, constantText, type FunctionNode, isFunction, memberName } from "./nodes.ts";
import { lookUp, type Scope, type ScriptModel } from "./script-model.ts";

/** A value that whoever writes the address, or sends a message, decides. */
export interface Taint {
  /** Such as `location.hash`. */
  readonly source: string;
  /** Percent escapes are resolved: browsers escape what HTML needs in every part of an address. */
  readonly isDecoded: boolean;
  /** A part of the source that may be anything, without the `?` or `#` before it. */
  readonly isPart: boolean;
  /** The value begins with it. */
  readonly isLeading: boolean;
  /** It is the parameters of a query, to be asked for one. */
  readonly isParameters: boolean;
  /** Variables that it went through. */
  readonly names: ReadonlySet<string>;
}

const RAW: Omit<Taint, "source"> = {
  isDecoded: false,
  isPart: false,
  isLeading: true,
  isParameters: false,
  names: new Set(),
};
const FREE = { ...RAW, isDecoded: true, isPart: true };

/** Ways to the parts of an address that a link decides. */
const SOURCES: ReadonlyMap<string, Taint> = new Map([
  ["location.hash", { ...RAW, source: "location.hash" }],
  ["location.search", { ...RAW, source: "location.search" }],
  ["location.href", { ...RAW, source: "location.href" }],
  ["document.URL", { ...RAW, source: "document.URL" }],
  ["document.referrer", { ...RAW, source: "document.referrer" }],
  ["document.documentURI", { ...RAW, source: "document.documentURI" }],
  ["window.name", { ...FREE, source: "window.name" }],
]);
/** What routers hand over of the address: Angular, Vue, Express-like front ends. */
const ROUTED = /(?:^|\.)(?:snapshot\.queryParams|snapshot\.queryParamMap|\$route\.query|route\.query)$/;
const WINDOWS = new Set(["window", "self", "top", "parent", "globalThis", "document"]);

/** Without the ways to say `window`: `window.document.location.hash` is `location.hash`. */
function plainChain(chain: readonly string[]): string {
  let rest = [...chain];
  while (
    rest.length > 1 &&
    WINDOWS.has(rest[0] ?? "") &&
    (rest[1] === "location" || WINDOWS.has(rest[1] ?? ""))
  )
    rest = rest.slice(1);
  return rest.join(".");
}

const KEEPING = new Set([
  "trim",
  "toString",
  "toLowerCase",
  "toUpperCase",
  "concat",
  "valueOf",
  "normalize",
  "join",
  "shift",
  "split",
]);
const CUTTING = new Set(["slice", "substring", "substr", "pop", "at", "get", "getAll", "match", "matchAll"]);
const DECODERS = new Set(["decodeURIComponent", "decodeURI", "unescape"]);
const PASSING = new Set(["String", "JSON.parse", "atob", "Object.fromEntries", "$.trim", "jQuery.trim"]);
/** A pattern that takes away what HTML or code needs. */
const STRIPS_SIGNS = /[<>&"']|\[\^/;

/** Nodes looked at for one value; a script made to be slow is given up. */
const MAX_STEPS = 3_000;
const MAX_DEPTH = 40;

export interface TaintReader {
  taintOf(node: AnyNode, scope: Scope): Taint | null;
  /** The chain of names that a node stands for, with what local names stand for put in. */
  globalChain(node: AnyNode, scope: Scope): string[] | null;
}

export function createTaintReader(model: ScriptModel): TaintReader {
  let steps = 0;
  const underWay = new Set<AnyNode>();

  function globalChain(node: AnyNode, scope: Scope): string[] | null {
    const chain = chainOf(bare(node));
    const [root = "", ...rest] = chain ?? [];
    const values = chain && root !== "this" ? lookUp(root, scope) : null;
    if (!chain || !values) return chain;
    const [value] = values;
    if (values.length !== 1 || !value || value === "message" || value.node === node) return null;
    const before = chainOf(bare(value.node));
    // One step: what a wrapper calls `w` or `d`.
    return before && !lookUp(before[0] ?? "", value.scope) ? [...before, ...rest] : null;
  }

  function sourceOf(node: AnyNode, scope: Scope): Taint | null {
    const chain = globalChain(node, scope);
    if (!chain) return null;
    const text = plainChain(chain);
    const known = SOURCES.get(text);
    if (known) return known;
    if (ROUTED.test(text)) return { ...FREE, source: "route.query", isParameters: true };
    return text === "location" ? { ...RAW, source: "location.href" } : null;
  }

  function ofName(name: string, scope: Scope): Taint | null {
    const values = lookUp(name, scope) ?? [];
    if (values.includes("message")) return null;
    const taints = values.map((value) => (value === "message" ? null : taintOf(value.node, value.scope)));
    const found = taints.reduce(worse, null);
    // Where it is set anew from itself by what is not understood, that may be what makes it safe.
    const isCleaned = values.some(
      (value, index) => value !== "message" && taints[index] === null && callsWith(value.node, name),
    );
    return found && !isCleaned ? { ...found, names: new Set([...found.names, name]) } : null;
  }

  function ofMember(node: Extract<AnyNode, { type: "MemberExpression" }>, scope: Scope): Taint | null {
    const object = bare(node.object);
    const name = memberName(node);
    if (object.type === "Identifier" && (lookUp(object.name, scope) ?? []).includes("message"))
      return name === "data" ? { ...FREE, source: "message", names: new Set([object.name]) } : null;
    const taint = taintOf(object, scope);
    if (!taint || name === "length" || name === "origin" || name === "host") return null;
    if (name === "searchParams") return { ...taint, isParameters: true };
    if (taint.isParameters) return parameterOf(taint);
    const isFirst = node.property.type === "Literal" && node.property.value === 0;
    return isFirst || name === "pathname" ? taint : { ...taint, isPart: true };
  }

  function ofMethod(call: CallExpression, method: string, scope: Scope): Taint | null {
    if (call.callee.type !== "MemberExpression") return null;
    const taint = taintOf(call.callee.object, scope);
    if (!taint) return null;
    const [first] = call.arguments;
    if (taint.isParameters) return method === "get" || method === "getAll" ? parameterOf(taint) : null;
    if (method === "replace" || method === "replaceAll") return ofReplacement(taint, first, method);
    if (KEEPING.has(method)) return taint;
    return CUTTING.has(method) ? cut(taint, first) : null;
  }

  function ofReplacement(taint: Taint, pattern: AnyNode | undefined, method: string): Taint | null {
    const literal = pattern?.type === "Literal" ? pattern : null;
    const text = literal && (literal.regex?.pattern ?? String(literal.value));
    // `replace("<", …)` does so once: the second stays.
    const isForAll = method === "replaceAll" || literal?.regex?.flags.includes("g") === true;
    if (
      text === null ||
      (STRIPS_SIGNS.test(text) && (isForAll || text.startsWith("[^") || text.startsWith("^")))
    )
      return null;
    return /[?#]/.test(text) && taint.source !== "location.href" ? { ...taint, isPart: true } : taint;
  }

  function ofOwnFunction(fn: FunctionNode): Taint | null {
    const returned = model.returnsOf(fn).map(({ node, scope }) => taintOf(node, scope));
    const taint = returned.reduce(worse, null);
    const isTested = taint && model.testsIn(fn).some((test) => judges(test, taint.names));
    return taint && !isTested ? { ...taint, names: new Set() } : null;
  }

  function ofCall(call: CallExpression, scope: Scope): Taint | null {
    const chain = globalChain(call.callee, scope);
    const name = chain?.join(".") ?? "";
    const [first] = call.arguments;
    const plainName = name.replace(/^window\./, "");
    if (DECODERS.has(plainName) && first) {
      const taint = taintOf(first, scope);
      return taint && { ...taint, isDecoded: true };
    }
    if (PASSING.has(plainName) && first) return taintOf(first, scope);
    const method = memberName(bare(call.callee));
    // What a pattern found in it: the groups are parts.
    if (method === "exec" && first) return taintOf(first, scope);
    const fn = model.functionOf(bare(call.callee), scope);
    if (fn) return ofOwnFunction(fn);
    return method === null ? null : ofMethod(call, method, scope);
  }

  function ofNew(node: Extract<AnyNode, { type: "NewExpression" }>, scope: Scope): Taint | null {
    const name = chainOf(node.callee)?.at(-1);
    const [first] = node.arguments;
    const taint = first && (name === "URLSearchParams" || name === "URL") ? taintOf(first, scope) : null;
    return taint && { ...taint, isParameters: name === "URLSearchParams" };
  }

  function ofSum(left: AnyNode, right: AnyNode, scope: Scope): Taint | null {
    const before = taintOf(left, scope);
    if (before) return before;
    const after = taintOf(right, scope);
    return after && { ...after, isLeading: after.isLeading && constantText(bare(left)) === "" };
  }

  function ofTemplate(
    { quasis, expressions }: Extract<AnyNode, { type: "TemplateLiteral" }>,
    scope: Scope,
  ): Taint | null {
    for (const [index, expression] of expressions.entries()) {
      const taint = taintOf(expression, scope);
      const isLeading = index === 0 && quasis[0]?.value.raw === "";
      if (taint) return { ...taint, isLeading: isLeading && taint.isLeading };
    }
    return null;
  }

  function read(node: AnyNode, scope: Scope): Taint | null {
    const source = sourceOf(node, scope);
    if (source) return source;
    switch (node.type) {
      case "Identifier":
        return ofName(node.name, scope);
      case "MemberExpression":
        return ofMember(node, scope);
      case "CallExpression":
        return ofCall(node, scope);
      case "NewExpression":
        return ofNew(node, scope);
      case "TemplateLiteral":
        return ofTemplate(node, scope);
      case "BinaryExpression":
        return node.operator === "+" ? ofSum(node.left, node.right, scope) : null;
      case "LogicalExpression":
        return worse(node.operator === "&&" ? null : taintOf(node.left, scope), taintOf(node.right, scope));
      case "ConditionalExpression":
        return worse(taintOf(node.consequent, scope), taintOf(node.alternate, scope));
      case "AssignmentExpression":
        return taintOf(node.right, scope);
      case "ArrayExpression":
        return node.elements.reduce<Taint | null>(
          (found, each) => found ?? (each && taintOf(each, scope)),
          null,
        );
      default:
        return null;
    }
  }

  function taintOf(node: AnyNode, scope: Scope): Taint | null {
    const inner = bare(node);
    steps += 1;
    if (isFunction(inner) || underWay.has(inner) || underWay.size >= MAX_DEPTH || steps > MAX_STEPS)
      return null;
    underWay.add(inner);
    try {
      return read(inner, scope);
    } finally {
      underWay.delete(inner);
    }
  }

  return {
    taintOf(node, scope) {
      steps = 0;
      return taintOf(node, scope);
    },
    globalChain,
  };
}

function cut(taint: Taint, from: AnyNode | undefined): Taint {
  const isFromStart = from?.type === "Literal" && from.value === 0;
  return isFromStart ? taint : { ...taint, isPart: true };
}

/** Of two that a value may be, the one that can do more. */
function worse(one: Taint | null, other: Taint | null): Taint | null {
  if (!one || !other) return one ?? other;
  const weight = ({ isDecoded, isPart }: Taint) => Number(isDecoded) + Number(isPart);
  return weight(other) > weight(one) ? other : one;
}

/** One of a query's parameters: decoded, and without what stands around it. */
function parameterOf(parameters: Taint): Taint {
  return { ...parameters, isParameters: false, isDecoded: true, isPart: true };
}

/** A call that is given the name, or is one of its methods. */
function callsWith(node: AnyNode, name: string): boolean {
  const inner = bare(node);
  if (inner.type !== "CallExpression") return false;
  const given = [...inner.arguments, inner.callee.type === "MemberExpression" ? inner.callee.object : null];
  return given.some((each) => each?.type === "Identifier" && each.name === name);
}
