import { z } from "zod";
import { EvidenceKind, EvidenceLocation } from "../plugin-event.ts";
import { Id, JsonObject, Sha256, Timestamp } from "./common.ts";

export const EvidenceResource = z
  .object({
    id: Id,
    scanId: Id,
    moduleRunId: Id,
    plugin: z.string(),
    fetchId: Id.nullable(),
    kind: EvidenceKind,
    snippet: z.string(),
    location: EvidenceLocation,
    hash: Sha256,
    controlHeld: z
      .boolean()
      .nullable()
      .describe("Of a negative control: whether it stayed free of the effect."),
    details: JsonObject,
    redactionVersion: z.int(),
    createdAt: Timestamp,
  })
  .meta({ id: "Evidence" });
export type EvidenceResource = z.infer<typeof EvidenceResource>;

/** Exactly one of the two. */
export const EvidenceFilter = z.strictObject({
  scan: Id.optional().describe("All evidence of this scan."),
  finding: Id.optional().describe("All evidence of this finding, over all scans."),
});
export type EvidenceFilter = z.infer<typeof EvidenceFilter>;
