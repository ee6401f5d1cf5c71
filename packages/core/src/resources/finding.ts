import { z } from "zod";
import { ConfidenceFactors } from "../confidence.ts";
import { EvidenceKind, Parameter } from "../plugin-event.ts";
import { FindingType } from "../plugin-manifest.ts";
import { Confidence, ExceptionStatus, FindingStatus, Severity } from "../vocabulary.ts";
import { Id, Timestamp } from "./common.ts";
import { EvidenceResource } from "./evidence.ts";

/** One place where a finding shows. */
const Place = z.object({
  method: z.string(),
  url: z.string(),
  parameter: Parameter.nullable(),
});

/** A deduplicated root cause, as lists show it. */
export const FindingResource = z
  .object({
    id: Id,
    targetId: Id,
    dedupeKey: z.string(),
    type: z.string(),
    rootCause: z.object({ level: z.enum(["target", "route", "parameter", "component"]), key: z.string() }),
    title: z.string(),
    severity: Severity,
    confidence: Confidence,
    confidenceScore: z.int(),
    status: FindingStatus,
    cweId: z.int().nullable(),
    cveId: z.string().nullable(),
    sourceModule: z.string(),
    instanceCount: z.int(),
    place: Place.nullable().describe("The first place where it was seen."),
    proof: z
      .object({ evidenceId: Id, kind: EvidenceKind, snippet: z.string() })
      .nullable()
      .describe("One of the proofs from the latest scan that saw it."),
    firstSeenScanId: Id,
    lastSeenScanId: Id,
    firstSeenAt: Timestamp,
    lastSeenAt: Timestamp,
    fixedAt: Timestamp.nullable(),
    deletedAt: Timestamp.nullable(),
  })
  .meta({ id: "Finding" });
export type FindingResource = z.infer<typeof FindingResource>;

export const FindingDetail = FindingResource.extend({
  description: z.string(),
  remediation: z.string(),
  references: z.array(z.string()),
  confidenceFactors: ConfidenceFactors,
  confidenceSteps: z
    .array(z.object({ points: z.int(), reason: z.string() }))
    .describe("How the score comes about, one step a line."),
  evidence: z.array(EvidenceResource).describe("Evidence of the latest scan that saw it."),
  instances: z.string().describe("Where its instances are listed."),
  /** The decision about it that is proposed or in force, if there is one. */
  exception: z
    .object({ id: Id, status: ExceptionStatus, owner: z.string(), expiresAt: Timestamp })
    .nullable(),
}).meta({ id: "FindingDetail" });
export type FindingDetail = z.infer<typeof FindingDetail>;

export const FindingFilter = z.strictObject({
  target: Id.optional().describe("Findings of this target."),
  project: Id.optional().describe("Findings of this project's targets."),
  scan: Id.optional().describe("Findings that this scan saw."),
  newInScan: Id.optional().describe("Findings that this scan saw first."),
  severity: Severity.optional(),
  confidence: Confidence.optional(),
  type: FindingType.optional(),
  status: z
    .enum([...FindingStatus.options, "any"])
    .optional()
    .describe("Default: `open`, or `any` when findings of a scan are asked for."),
  q: z.string().trim().min(1).max(200).optional().describe("Text in title or type, in any case of letters."),
  sort: z.enum(["severity", "newest"]).default("severity").describe("Worst first, or newest first."),
});
export type FindingFilter = z.infer<typeof FindingFilter>;

export const InstanceResource = Place.extend({
  id: Id,
  findingId: Id,
  route: z.string(),
  firstSeenScanId: Id,
  lastSeenScanId: Id,
  firstSeenAt: Timestamp,
  lastSeenAt: Timestamp,
}).meta({ id: "Instance" });
export type InstanceResource = z.infer<typeof InstanceResource>;
