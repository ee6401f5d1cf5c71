import { type AnyNode, type Expression, type Program, parse } from "acorn";

export type FunctionNode = Extract<
  AnyNode,
  { type: "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression" }
>;

const FUNCTIONS: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
]);

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

export function isFunction(node: AnyNode): node is FunctionNode {
  return FUNCTIONS.has(node.type);
}

export function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node).flat().filter(isNode);
}

/** Null for what is no script that browsers would run. */
export function tryParse(script: string): Program | null {
  for (const sourceType of ["script", "module"] as const) {
    try {
      return parse(script, { ecmaVersion: "latest", sourceType, allowHashBang: true });
    } catch {
      // The other kind, or no script at all.
    }
  }
  return null;
}

/** The text of a constant string. */
export function constantText(node: AnyNode): string | null {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : null;
  if (node.type === "TemplateLiteral" && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? null;
  return null;
}

/** The name of a member, as far as the script states it. */
export function memberName(node: AnyNode): string | null {
  if (node.type !== "MemberExpression") return null;
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : null;
  return constantText(node.property);
}

/** `window.location.hash` → `["window", "location", "hash"]`; null for what is no chain of names. */
export function chainOf(node: AnyNode): string[] | null {
  if (node.type === "Identifier") return [node.name];
  if (node.type === "ThisExpression") return ["this"];
  if (node.type === "ChainExpression") return chainOf(node.expression);
  if (node.type !== "MemberExpression") return null;
  const name = memberName(node);
  const before = name === null ? null : chainOf(node.object);
  return before && name !== null ? [...before, name] : null;
}

/** The expression itself, without what only groups it. */
export function bare(node: AnyNode): AnyNode {
  if (node.type === "ChainExpression" || node.type === "ParenthesizedExpression")
    return bare(node.expression);
  if (node.type === "AwaitExpression") return bare(node.argument);
  if (node.type === "SequenceExpression") return bare(node.expressions.at(-1) as Expression);
  return node;
}

export function mentions(node: AnyNode, names: ReadonlySet<string>): boolean {
  if (node.type === "Identifier") return names.has(node.name);
  return childrenOf(node).some((child) => mentions(child, names));
}
