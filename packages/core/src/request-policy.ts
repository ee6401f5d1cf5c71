import { z } from "zod";
import { FormSubmission, type SideEffect } from "./vocabulary.ts";

/** What a target's owner lets scans send beyond what cannot hurt. */
export const RequestPolicy = z.object({
  forms: FormSubmission.describe(
    "Which plugins may send POST, PUT and PATCH: none, intrusive ones, or safe active ones as well. Queries of GraphQL " +
      "count as reading.",
  ),
  destructive: z
    .boolean()
    .describe(
      "Whether plugins may send DELETE and other methods that take away, and attack URLs whose words say that they " +
        "delete, cancel or end something.",
    ),
});
export type RequestPolicy = z.infer<typeof RequestPolicy>;

export const DEFAULT_REQUEST_POLICY: RequestPolicy = { forms: "intrusive", destructive: false };

export function maySubmitForms({ forms }: Pick<RequestPolicy, "forms">, sideEffect: SideEffect): boolean {
  if (sideEffect === "passive" || forms === "never") return false;
  return sideEffect === "intrusive" || forms === "safe_active";
}

/** What a plugin of this class may do at a target. */
export function permissions(policy: RequestPolicy, sideEffect: SideEffect) {
  return { submitForms: maySubmitForms(policy, sideEffect), destroy: policy.destructive };
}
