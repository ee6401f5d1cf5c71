import type {
  AnyNode,
  CallExpression,
  NewExpression,
  Program,
  SwitchStatement,
  VariableDeclaration,
} from "acorn";
import { chainOf, childrenOf, constantText, type FunctionNode, isFunction } from "./nodes.ts";

/** Where names are looked up: a block, a function or the script. */
export interface Scope {
  readonly parent: Scope | null;
  /** The innermost function around it; null: the script's top. */
  readonly within: FunctionNode | null;
  readonly names: Map<string, Value[]>;
}

/** What a name may hold, to be read in its scope. `message`: the event of a `message` listener. */
export type Value = { readonly node: AnyNode; readonly scope: Scope } | "message";

export interface Placed<Node extends AnyNode = AnyNode> {
  readonly node: Node;
  readonly scope: Scope;
}

/** A script's names, and the places where something may happen. */
export interface ScriptModel {
  readonly calls: readonly Placed<CallExpression | NewExpression>[];
  readonly assignments: readonly Placed<Extract<AnyNode, { type: "AssignmentExpression" }>>[];
  readonly properties: readonly Placed<Extract<AnyNode, { type: "Property" }>>[];
  /** What branches depend on, by the function that they stand in. */
  testsIn(within: FunctionNode | null): readonly AnyNode[];
  /** What a function may give back. */
  returnsOf(fn: FunctionNode): readonly Placed[];
  /** The function that a callee names, if the script itself has it. */
  functionOf(callee: AnyNode, scope: Scope): FunctionNode | null;
}

export function lookUp(name: string, scope: Scope): Value[] | null {
  for (let at: Scope | null = scope; at; at = at.parent) {
    const values = at.names.get(name);
    if (values) return values;
  }
  return null;
}

const BLOCKS: ReadonlySet<string> = new Set([
  "BlockStatement",
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "SwitchStatement",
  "CatchClause",
]);

const listOf = <Key, Item>(lists: Map<Key, Item[]>, key: Key): Item[] => {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
};

/** `switch (x) { case "a": … }` reads as `x === "a"`. */
function comparisonsOf({ discriminant, cases }: SwitchStatement): AnyNode[] {
  const { start, end } = discriminant;
  return cases.flatMap(({ test: right }) =>
    right
      ? [{ type: "BinaryExpression", operator: "===", left: discriminant, right, start, end } as const]
      : [],
  );
}

/** What a branch depends on. */
function testsOf(node: AnyNode): AnyNode[] {
  switch (node.type) {
    case "IfStatement":
    case "ConditionalExpression":
    case "WhileStatement":
      return [node.test];
    case "LogicalExpression":
      // `value || "none"` names what there is without a value.
      return node.operator !== "&&" && node.right.type === "Literal" ? [] : [node.left];
    case "SwitchStatement":
      return comparisonsOf(node);
    default:
      return [];
  }
}

/** The model of one script. Throws RangeError where it is nested deeper than the stack reaches. */
export function readScript(program: Program): ScriptModel {
  const calls: Placed<CallExpression | NewExpression>[] = [];
  const assignments: Placed<Extract<AnyNode, { type: "AssignmentExpression" }>>[] = [];
  const properties: Placed<Extract<AnyNode, { type: "Property" }>>[] = [];
  const tests = new Map<FunctionNode | null, AnyNode[]>();
  const returns = new Map<FunctionNode, Placed[]>();
  const inner = new Map<FunctionNode, Scope>();

  const scopeIn = (parent: Scope | null, within: FunctionNode | null): Scope => ({
    parent,
    within,
    names: new Map(),
  });
  const functionScope = (scope: Scope): Scope => {
    let at = scope;
    while (at.parent && at.parent.within === scope.within) at = at.parent;
    return at;
  };
  const declare = (pattern: AnyNode, value: Value | null, scope: Scope): void => {
    if (pattern.type === "Identifier") listOf(scope.names, pattern.name).push(...(value ? [value] : []));
    if (pattern.type === "AssignmentPattern") declare(pattern.left, value, scope);
    if (pattern.type !== "ObjectPattern") return;
    for (const property of pattern.properties) {
      if (property.type !== "Property") continue;
      declare(property.value, value && memberOf(value, property.key, property.computed), scope);
    }
  };
  /** `const { hash } = location` reads as `const hash = location.hash`. */
  const memberOf = (value: Value, property: AnyNode, computed: boolean): Value | null => {
    if (value === "message") return null;
    const { node, scope } = value;
    const member = { type: "MemberExpression", object: node, property, computed, optional: false };
    return { node: { ...member, start: node.start, end: node.end } as AnyNode, scope };
  };

  const enterFunction = (fn: FunctionNode, scope: Scope): void => {
    if (fn.type === "FunctionDeclaration" && fn.id) declare(fn.id, { node: fn, scope }, functionScope(scope));
    const own = scopeIn(scope, fn);
    inner.set(fn, own);
    for (const parameter of fn.params) declare(parameter, null, own);
    if (fn.body.type === "BlockStatement") for (const statement of fn.body.body) visit(statement, own);
    else {
      listOf(returns, fn).push({ node: fn.body, scope: own });
      visit(fn.body, own);
    }
  };

  const note = (node: AnyNode, scope: Scope): void => {
    if (node.type === "CallExpression" || node.type === "NewExpression") calls.push({ node, scope });
    if (node.type === "AssignmentExpression") assignments.push({ node, scope });
    if (node.type === "Property") properties.push({ node, scope });
    listOf(tests, scope.within).push(...testsOf(node));
    if (node.type === "ReturnStatement" && node.argument && scope.within)
      listOf(returns, scope.within).push({ node: node.argument, scope });
    if (node.type === "VariableDeclaration") noteVariables(node, scope);
  };

  const noteVariables = ({ kind, declarations }: VariableDeclaration, scope: Scope): void => {
    const own = kind === "var" ? functionScope(scope) : scope;
    for (const { id, init } of declarations) declare(id, init ? { node: init, scope } : null, own);
  };

  const visit = (node: AnyNode, scope: Scope): void => {
    if (isFunction(node)) {
      enterFunction(node, scope);
      return;
    }
    const own = BLOCKS.has(node.type) ? scopeIn(scope, scope.within) : scope;
    note(node, own);
    for (const child of childrenOf(node)) visit(child, own);
  };

  const top = scopeIn(null, null);
  visit(program, top);

  const functionOf = (callee: AnyNode, scope: Scope): FunctionNode | null => {
    if (isFunction(callee)) return callee;
    if (callee.type !== "Identifier") return null;
    const values = lookUp(callee.name, scope) ?? [];
    const [value] = values;
    return values.length === 1 && value && value !== "message" && isFunction(value.node) ? value.node : null;
  };

  for (const { node, scope } of assignments)
    if (node.left.type === "Identifier" && !(node.left.name === "location" && !lookUp("location", scope))) {
      const values = lookUp(node.left.name, scope) ?? listOf(top.names, node.left.name);
      values.push({ node: node.right, scope });
    }
  for (const { node, scope } of calls) linkCall(node, scope);

  /** What a call hands over is what the function's parameters may hold. */
  function linkCall(call: CallExpression | NewExpression, scope: Scope): void {
    const fn = functionOf(call.callee, scope);
    const own = fn && inner.get(fn);
    if (own)
      fn.params.forEach((parameter, index) => {
        const argument = call.arguments[index];
        if (argument) declare(parameter, { node: argument, scope }, own);
      });
    const [event, listener] = call.arguments;
    const isListening = chainOf(call.callee)?.at(-1) === "addEventListener" && event && listener;
    if (isListening && constantText(event) === "message") hearMessages(listener, scope);
  }

  function hearMessages(listener: AnyNode, scope: Scope): void {
    const fn = functionOf(listener, scope);
    const own = fn && inner.get(fn);
    if (own && fn.params[0]) declare(fn.params[0], "message", own);
  }

  for (const { node, scope } of assignments)
    if (chainOf(node.left)?.at(-1) === "onmessage") hearMessages(node.right, scope);

  return {
    calls,
    assignments,
    properties,
    testsIn: (within) => tests.get(within) ?? [],
    returnsOf: (fn) => returns.get(fn) ?? [],
    functionOf,
  };
}
