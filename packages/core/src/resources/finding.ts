import { z } from "zod";
import { Change, NewCause, NotObservedReason } from "../change.ts";
import { ConfidenceFactors } from "../confidence.ts";
import { EvidenceKind, Parameter } from "../plugin-event.ts";
import { FindingType, PluginName } from "../plugin-manifest.ts";
import {
  Confidence,
  ExceptionScope,
  ExceptionStatus,
  FindingStatus,
  Severity,
  SideEffect,
} from "../vocabulary.ts";
import { Id, Timestamp, words } from "./common.ts";
import { EvidenceResource } from "./evidence.ts";

/** One place where a finding shows. */
const Place = z.object({
  method: z.string(),
  url: z.string(),
  parameter: Parameter.nullable(),
});

/** What a scan said of a finding: the reason of `not_observed`, the cause of `new`. */
export const ChangeStatement = z.object({
  change: Change,
  reason: NotObservedReason.nullable().describe("Of `not_observed`: what stood in the way."),
  cause: NewCause.nullable().describe("Of `new`: whether the application changed or the way of looking."),
});

/** That a detector reports a finding, and since when. */
const Attribution = z.object({
  plugin: z.string(),
  version: z.string(),
  firstSeenScanId: Id,
  lastSeenScanId: Id,
  firstSeenAt: Timestamp,
  lastSeenAt: Timestamp,
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
    verified: z.boolean().describe("Two requests or more showed it, and one that must not show it did not."),
    status: FindingStatus,
    cweId: z.int().nullable(),
    cveId: z.string().nullable(),
    sourceModule: z.string(),
    lastChange: ChangeStatement.extend({ scanId: Id })
      .nullable()
      .describe("What the target's last ended scan said of it; null before one has."),
    isExcepted: z.boolean().describe("An approved exception covers it now."),
    attributions: z.array(Attribution).describe("The plugins that report it."),
    instanceCount: z.int().describe("Places where it still shows."),
    place: Place.nullable().describe("The first place where it still shows; of a fixed one, showed."),
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
  attributions: z
    .array(
      Attribution.extend({ sideEffect: SideEffect.describe("What looking for it may do to the target.") }),
    )
    .describe("The plugins that report it."),
  description: z.string(),
  mergedIntoId: Id.nullable().describe("The finding that it is part of, when it was merged."),
  remediation: z.string(),
  references: z.array(z.string()),
  confidenceFactors: z
    .union([ConfidenceFactors, z.looseObject({ rules: z.int() })])
    .describe("What the score is computed from, and by which version of the rules."),
  confidenceSteps: z
    .array(z.object({ points: z.int(), reason: z.string() }))
    .describe("How the score comes about, one step a line."),
  evidence: z.array(EvidenceResource).describe("Evidence of the latest scan that saw it."),
  instances: z.string().describe("Where its instances are listed."),
  history: z
    .array(ChangeStatement.extend({ scanId: Id, at: Timestamp }))
    .describe("What the target's last ended scans said of it, the latest first, 20 at most."),
  exceptions: z
    .array(
      z.object({
        id: Id,
        status: ExceptionStatus,
        scope: ExceptionScope,
        owner: z.string(),
        expiresAt: Timestamp,
      }),
    )
    .describe(
      "Decisions that are proposed or in force about it or its type here, whether or not they cover it.",
    ),
}).meta({ id: "FindingDetail" });
export type FindingDetail = z.infer<typeof FindingDetail>;

/** What a list of findings is about. Who is neither fixed nor deleted is open. */
export const FindingView = z.enum(["news", "open", "fixed", "not_observed", "excepted", "all"]);
export type FindingView = z.infer<typeof FindingView>;

export const FindingFilter = z.strictObject({
  view: FindingView.optional().describe(
    "`news`: open ones that the target's last ended scan called new or reopened. `open`. `fixed`. `not_observed`: open " +
      "ones that the last ended scan did not see, though nothing shows that they are fixed. These leave out what an " +
      "exception covers now; `excepted` is just that. `all`. Default: `news`, or `all` when scan, newInScan or status " +
      "is given.",
  ),
  target: Id.optional().describe(
    "Findings of this target. Those of a deleted one are listed only when it, or a scan of it, is asked for.",
  ),
  project: Id.optional().describe("Findings of this project's targets."),
  owner: words(200).optional().describe("Findings of this owner's targets."),
  scan: Id.optional().describe("Findings that this scan saw."),
  newInScan: Id.optional().describe("Findings that this scan saw first."),
  severity: Severity.optional(),
  confidence: Confidence.optional(),
  type: FindingType.optional(),
  plugin: PluginName.optional().describe("Findings that this plugin reports, alone or with others."),
  status: FindingStatus.optional(),
  q: words(200).optional().describe("Text in title or type, in any case of letters."),
  sort: z
    .enum(["severity", "newest", "last_seen", "confidence"])
    .default("severity")
    .describe(
      "`severity`: worst first, surer ones first among them. `newest`: by when it was first seen. `last_seen`. " +
        "`confidence`: surest first. Ties go to the newest.",
    ),
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
  fixedAt: Timestamp.nullable().describe("When a look at it found it gone."),
}).meta({ id: "Instance" });
export type InstanceResource = z.infer<typeof InstanceResource>;
