import type { ClaimId } from "./claims.ts";

/** Something that a page does, and the markup that does it. */
export interface Weakness {
  readonly claim: ClaimId;
  /** Tells causes of one type apart; often empty. */
  readonly key: string;
  readonly snippet: string;
}
