import { z } from "zod";
import { PortRange, ScopePattern } from "../scope.ts";
import { Id, Timestamp, words } from "./common.ts";

/** One line of the allowlist, in force. */
export const ScopeEntryResource = z
  .object({
    id: Id,
    projectId: Id,
    pattern: z.string(),
    ports: z.array(z.string()),
    addedBy: z.string(),
    reason: z.string(),
    createdAt: Timestamp,
  })
  .meta({ id: "ScopeEntry" });
export type ScopeEntryResource = z.infer<typeof ScopeEntryResource>;

export const NewScopeEntry = z
  .strictObject({
    projectId: Id,
    pattern: ScopePattern,
    ports: z.array(PortRange).min(1).max(50),
    addedBy: words(200).describe("The person who answers for it."),
    reason: words(1_000).describe("Why it may be scanned."),
  })
  .meta({ id: "NewScopeEntry" });
export type NewScopeEntry = z.infer<typeof NewScopeEntry>;

/** Who takes an entry back, and why. */
export const ScopeRemoval = z.strictObject({
  removedBy: words(200).describe("The person who answers for it."),
  reason: words(1_000).describe("Why it may no longer be scanned."),
});
export type ScopeRemoval = z.infer<typeof ScopeRemoval>;

export const ScopeFilter = z.strictObject({ project: Id.optional().describe("Entries of this project.") });
export type ScopeFilter = z.infer<typeof ScopeFilter>;
