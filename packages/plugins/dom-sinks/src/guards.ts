import type { AnyNode } from "acorn";
import { bare, childrenOf, constantText, mentions } from "./nodes.ts";

const COMPARISONS = new Set(["==", "===", "!=", "!==", "in"]);

/** A branch that depends on what the value is, not on whether there is one. */
export function judges(test: AnyNode, names: ReadonlySet<string>): boolean {
  const node = bare(test);
  if (node.type === "UnaryExpression") return judges(node.argument, names);
  if (node.type === "LogicalExpression") return judges(node.left, names) || judges(node.right, names);
  if (node.type === "CallExpression") return mentions(node, names);
  if (node.type !== "BinaryExpression") return false;
  if (!mentions(node, names)) return false;
  const sides = [bare(node.left), bare(node.right)];
  const isPresence = sides.some(
    (side) =>
      (side.type === "Literal" && side.value === null) || constantText(side) === "" || isUndefined(side),
  );
  if (COMPARISONS.has(node.operator)) return !isPresence;
  return sides.some((side) => childrenOf(side).length > 0 && judges(side, names));
}

function isUndefined(node: AnyNode): boolean {
  return (
    (node.type === "Identifier" && node.name === "undefined") ||
    (node.type === "UnaryExpression" && (node.operator === "void" || node.operator === "typeof"))
  );
}
