import { z } from "zod";
import { CveCandidateStatus } from "../vocabulary.ts";
import { Id, Timestamp } from "./common.ts";

/** A product that the target shows to be in use. */
export const ComponentResource = z
  .object({
    id: Id,
    targetId: Id,
    name: z.string(),
    version: z.string().nullable(),
    cpe: z.string().nullable(),
    confidence: z.int().describe("How sure product and version are, 0–100."),
    evidenceIds: z.array(Id),
    /** CVEs that may apply to it. */
    cveCandidates: z.array(
      z.object({
        id: Id,
        cveId: z.string(),
        source: z.string(),
        confidence: z.int(),
        status: CveCandidateStatus,
      }),
    ),
    firstSeenScanId: Id,
    lastSeenScanId: Id,
    firstSeenAt: Timestamp,
    lastSeenAt: Timestamp,
  })
  .meta({ id: "Component" });
export type ComponentResource = z.infer<typeof ComponentResource>;

export const ComponentFilter = z.strictObject({ target: Id.describe("Components of this target.") });
export type ComponentFilter = z.infer<typeof ComponentFilter>;
