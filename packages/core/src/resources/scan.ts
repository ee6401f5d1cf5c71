import { z } from "zod";
import { CrawlCoverage } from "../crawl-coverage.ts";
import { ProfileName } from "../profile.ts";
import { HealthCode, HealthSignal } from "../scan-lifecycle.ts";
import {
  Capability,
  ExitReason,
  IsolationLevel,
  ModuleRunStatus,
  ScanMode,
  ScanStatus,
  SideEffect,
  Stage,
  StorageMode,
} from "../vocabulary.ts";
import { ChangeCounts } from "./change.ts";
import { Id, JsonObject, Sha256, Timestamp } from "./common.ts";

export const ScanResource = z
  .object({
    id: Id,
    targetId: Id,
    mode: ScanMode,
    profile: ProfileName,
    capabilities: z.array(Capability),
    storageMode: StorageMode,
    status: ScanStatus,
    stoppedBy: HealthCode.nullable().describe(
      "The health signal that ended it before its end; null: none did.",
    ),
    baselineScanId: Id.nullable(),
    configHash: Sha256,
    engineVersion: z.string(),
    isolationLevel: IsolationLevel.nullable(),
    authProfileId: Id.nullable(),
    authProfileVersion: z.int().nullable(),
    comparisonAuthProfileId: Id.nullable(),
    comparisonAuthProfileVersion: z.int().nullable(),
    authenticated: z
      .boolean()
      .nullable()
      .describe(
        "Of an ended scan with an auth profile: whether its session was proven at the start and at the end.",
      ),
    deadline: Timestamp,
    requestedBy: z.string(),
    createdAt: Timestamp,
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    cancelRequestedAt: Timestamp.nullable(),
    cancelRequestedBy: z.string().nullable(),
  })
  .meta({ id: "Scan" });
export type ScanResource = z.infer<typeof ScanResource>;

/** Findings that a scan saw, and how many of them no scan before it had seen. */
export const FindingCount = z.object({ total: z.int(), new: z.int() }).meta({ id: "FindingCount" });
export type FindingCount = z.infer<typeof FindingCount>;

export const ScanDetail = ScanResource.extend({
  health: z.array(HealthSignal).describe("What limits the result; written when the scan ends."),
  findings: FindingCount.extend({
    bySeverity: z.object({
      critical: FindingCount,
      high: FindingCount,
      medium: FindingCount,
      low: FindingCount,
      info: FindingCount,
    }),
  }),
  changes: ChangeCounts.extend({
    notObservedReasons: z.record(z.string(), z.int()).describe("How many have each reason that occurs."),
  })
    .nullable()
    .describe("What it says of the target's findings; null until it has ended."),
  crawl: CrawlCoverage.nullable().describe(
    "How much of what it came to know it also saw; null when it has no crawl, as a recheck, or its crawl has not begun.",
  ),
  modules: z.object({ total: z.int(), ended: z.int() }),
  endpointCount: z.int(),
  fetchCount: z.int(),
}).meta({ id: "ScanDetail" });
export type ScanDetail = z.infer<typeof ScanDetail>;

export const NewScan = z
  .strictObject({
    targetId: Id,
    profile: ProfileName.default("standard"),
    settings: z
      .record(z.string(), z.record(z.string(), z.json()))
      .default({})
      .describe("By plugin name; what is left out keeps the plugin's default."),
    authProfileId: Id.optional().describe(
      "An auth profile of the target, whose session plugins with `auth:use` get.",
    ),
    comparisonAuthProfileId: Id.optional().describe(
      "Another auth profile of the target, of a user who may not see what the first one's user has: plugins with " +
        "`auth:compare` ask for pages of the first with the session of the second.",
    ),
    baselineScanId: Id.optional().describe("An ended scan of the same target to compare with."),
  })
  .meta({ id: "NewScan" });
export type NewScan = z.infer<typeof NewScan>;

/** Which open scans are to end. */
export const ScansToCancel = z
  .strictObject({
    targetId: Id.optional().describe("Scans of this target."),
    projectId: Id.optional().describe("Scans of all targets of this project."),
    all: z.literal(true).optional().describe("Every scan there is."),
    pauseSchedules: z
      .boolean()
      .default(true)
      .describe(
        "Whether their targets' schedules are paused as well, until somebody resumes them, and rechecks that wait for " +
          "their time are taken back.",
      ),
  })
  .refine(({ targetId, projectId, all }) => [targetId, projectId, all].filter(Boolean).length === 1, {
    error: "give exactly one of targetId, projectId and all",
  })
  .meta({ id: "ScansToCancel" });
export type ScansToCancel = z.infer<typeof ScansToCancel>;

export const CancelledScans = z
  .object({
    scanIds: z.array(Id).describe("The open scans that match, also those asked to end before."),
    pausedScheduleIds: z.array(Id).describe("The schedules that were paused; not those that were before."),
    cancelledRecheckIds: z.array(Id).describe("The rechecks that were taken back while they waited."),
  })
  .meta({ id: "CancelledScans" });
export type CancelledScans = z.infer<typeof CancelledScans>;

export const ScanFilter = z.strictObject({
  target: Id.optional().describe("Scans of this target."),
  status: ScanStatus.optional(),
});
export type ScanFilter = z.infer<typeof ScanFilter>;

/** One execution of one plugin in a scan. */
export const ModuleRunResource = z
  .object({
    id: Id,
    scanId: Id,
    plugin: z.string(),
    version: z.string(),
    codeDigest: Sha256,
    config: JsonObject,
    configHash: Sha256,
    stage: Stage,
    sideEffect: SideEffect.describe("What its requests may do to the target."),
    status: ModuleRunStatus,
    exitReason: ExitReason.nullable(),
    reason: z.string().nullable().describe("Why it was skipped or how it ended, in words."),
    attempt: z.int(),
    isolationLevel: IsolationLevel.nullable(),
    counters: JsonObject.describe(
      "Events by kind, requests by outcome, bytes; `requestsFor`: requests by the finding type that they look for, one " +
        "that looks for several counting for each; `notes`: what the plugin said of its coverage and of the caps it met.",
    ),
    createdAt: Timestamp,
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: "ModuleRun" });
export type ModuleRunResource = z.infer<typeof ModuleRunResource>;

/** Data of the event `scan` of a scan's event stream. */
export const ScanProgress = z
  .object({
    id: Id,
    status: ScanStatus,
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    cancelRequestedAt: Timestamp.nullable(),
  })
  .meta({ id: "ScanProgress" });
export type ScanProgress = z.infer<typeof ScanProgress>;

/** Data of the event `module` of a scan's event stream. */
export const ModuleProgress = z
  .object({
    id: Id,
    plugin: z.string(),
    stage: Stage,
    status: ModuleRunStatus,
    exitReason: ExitReason.nullable(),
    reason: z.string().nullable(),
    attempt: z.int(),
    counters: JsonObject,
  })
  .meta({ id: "ModuleProgress" });
export type ModuleProgress = z.infer<typeof ModuleProgress>;
