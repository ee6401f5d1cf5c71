import { Severity } from "@picket/core";
import type { KeyedFinding } from "../identity/target-identity.ts";

/** Of several wordings of one finding the worst severity counts, then the title that sorts first: so order does not. */
export function firstWording(a: KeyedFinding, b: KeyedFinding): KeyedFinding {
  const rank = ({ severity }: KeyedFinding) => Severity.options.indexOf(severity);
  const isFirst = rank(a) - rank(b) || (a.title < b.title ? -1 : 1);
  return isFirst <= 0 ? a : b;
}
