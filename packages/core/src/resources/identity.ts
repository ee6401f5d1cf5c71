import { z } from "zod";
import { Id, Timestamp, words } from "./common.ts";

/** A position of a target's paths that was learned to stand for many values. */
export const RouteResource = z
  .object({
    template: z.string().describe("The parent and a placeholder: `/product/{slug}`."),
    examples: z.int().describe("Distinct values that were known when it was learned."),
    learnedScanId: Id,
    learnedAt: Timestamp,
  })
  .meta({ id: "Route" });
export type RouteResource = z.infer<typeof RouteResource>;

export const NewMerge = z
  .strictObject({
    into: Id.describe("The finding on the same target that it becomes part of."),
    reason: words(2_000),
  })
  .meta({ id: "NewMerge" });
export type NewMerge = z.infer<typeof NewMerge>;

export const NewSplit = z
  .strictObject({
    instanceIds: z.array(Id).min(1).max(1_000).describe("Places that become a finding of their own."),
    reason: words(2_000),
  })
  .meta({ id: "NewSplit" });
export type NewSplit = z.infer<typeof NewSplit>;

/** A decision about which sightings belong to which finding. It holds over later scans until it is undone. */
export const OverrideResource = z
  .object({
    id: Id,
    targetId: Id,
    kind: z.enum(["merge", "split"]),
    findingId: Id.describe("The finding that was merged or split."),
    intoFindingId: Id.describe("The finding that its places belong to since."),
    rule: z.string().describe("`person`, or the rule of an automatic merge."),
    reason: z.string(),
    actor: z.string(),
    createdAt: Timestamp,
    undoneAt: Timestamp.nullable(),
    undoneBy: z.string().nullable(),
  })
  .meta({ id: "IdentityOverride" });
export type OverrideResource = z.infer<typeof OverrideResource>;

/** Exactly one of the two. */
export const OverrideFilter = z.strictObject({
  target: Id.optional().describe("Decisions about findings of this target."),
  finding: Id.optional().describe("Decisions about this finding, or about what belongs to it."),
});
export type OverrideFilter = z.infer<typeof OverrideFilter>;
