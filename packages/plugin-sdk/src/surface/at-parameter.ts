import type { Verdict } from "../verdicts.ts";
import type { InsertionPoint } from "./read-surface.ts";

/** What a claim says of every place that it is made of. */
type Claim = Omit<Verdict["finding"], "rootCause" | "instance">;

/** The claim at an insertion point, whose parameter is its cause; null without proof. */
export function atParameter(
  claim: Claim,
  { instance }: Pick<InsertionPoint, "instance">,
  evidence: Verdict["evidence"] | null,
): Verdict | null {
  return evidence && { finding: { ...claim, rootCause: { level: "parameter" }, instance }, evidence };
}
