import { z } from "zod";
import { RecheckReason, RecheckVerdict } from "../recheck.ts";
import { Id, Timestamp } from "./common.ts";

/** Longest time ahead for which a recheck can be asked for, days. */
export const MAX_RECHECK_DAYS = 365;

/** A targeted look at one finding. */
export const RecheckResource = z
  .object({
    id: Id,
    findingId: Id,
    scanId: Id.nullable().describe("The scan that does it, with its evidence; null until it is due."),
    dueAt: Timestamp,
    requestedBy: z.string(),
    claimedBy: z.string().nullable().describe("Who had said that it is fixed."),
    verdict: RecheckVerdict.nullable().describe("Null until it is done."),
    reason: RecheckReason.nullable().describe("Of `inconclusive`: what stood in the way."),
    createdAt: Timestamp,
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: "Recheck" });
export type RecheckResource = z.infer<typeof RecheckResource>;

export const NewRecheck = z
  .strictObject({
    at: Timestamp.optional().describe("Default: now. At most 365 days ahead."),
  })
  .meta({ id: "NewRecheck" });
export type NewRecheck = z.infer<typeof NewRecheck>;

export const RecheckFilter = z.strictObject({
  finding: Id.optional().describe("Rechecks of this finding."),
});
export type RecheckFilter = z.infer<typeof RecheckFilter>;
