import { z } from "zod";
import { Authentication } from "../auth-profile.ts";
import { Change, CoverageHealth, NotObservedReason } from "../change.ts";
import { PluginName } from "../plugin-manifest.ts";
import { Id, Sha256, Timestamp } from "./common.ts";
import { ChangeStatement, FindingResource } from "./finding.ts";

/** What lists of changes show of a finding. */
export const FindingSummary = FindingResource.pick({
  id: true,
  type: true,
  title: true,
  severity: true,
  confidence: true,
  confidenceScore: true,
  status: true,
  isExcepted: true,
  instanceCount: true,
  place: true,
  proof: true,
}).meta({ id: "FindingSummary" });
export type FindingSummary = z.infer<typeof FindingSummary>;

/** What one scan says of one finding, against its own baseline or one that was asked for. */
export const ChangeResource = ChangeStatement.extend({ finding: FindingSummary }).meta({ id: "Change" });
export type ChangeResource = z.infer<typeof ChangeResource>;

export const ChangeFilter = z.strictObject({
  change: Change.optional(),
  reason: NotObservedReason.optional(),
});
export type ChangeFilter = z.infer<typeof ChangeFilter>;

/** How many findings have each change. */
export const ChangeCounts = z
  .object({
    new: z.int(),
    reopened: z.int(),
    still_present: z.int(),
    fixed: z.int(),
    not_observed: z.int(),
  })
  .meta({ id: "ChangeCounts" });
export type ChangeCounts = z.infer<typeof ChangeCounts>;

export const DiffFilter = z.strictObject({
  baseline: Id.optional().describe(
    "An ended scan of the same target that ended earlier. Default: the scan's own baseline, else the one before it.",
  ),
  change: Change.optional(),
});
export type DiffFilter = z.infer<typeof DiffFilter>;

/** openBefore = still_present + fixed + not_observed, and openAfter = new + reopened + still_present + not_observed. */
export const DiffTotals = z
  .object({
    baselineScanId: Id.nullable().describe("Null: there is no earlier scan, so everything is new."),
    counts: ChangeCounts,
    openBefore: z.int().describe("Open when the baseline ended: still_present + fixed + not_observed."),
    openAfter: z.int().describe("Open when the scan ended: new + reopened + still_present + not_observed."),
  })
  .meta({ id: "DiffTotals" });
export type DiffTotals = z.infer<typeof DiffTotals>;

/** A finding that was fixed and came back. */
export const RegressionResource = z
  .object({
    finding: FindingSummary,
    timesReopened: z.int(),
    isFlapping: z.boolean().describe("It came back more than once."),
    history: z
      .array(z.object({ scanId: Id, finishedAt: Timestamp, change: Change }))
      .describe("What each of these scans said of it, oldest first."),
  })
  .meta({ id: "Regression" });
export type RegressionResource = z.infer<typeof RegressionResource>;

export const RegressionFilter = z.strictObject({
  scans: z.coerce
    .number()
    .int()
    .min(2)
    .max(200)
    .default(10)
    .describe("How many of the target's last ended scans to look at, 2 to 200; rechecks do not count."),
});
export type RegressionFilter = z.infer<typeof RegressionFilter>;

/** That a module run looked at a place, and how healthy the answers there were. */
export const CoverageResource = z
  .object({
    moduleRunId: Id,
    plugin: z.string(),
    locationKey: Sha256,
    method: z.string(),
    route: z.string(),
    health: CoverageHealth,
    authentication: Authentication.describe(
      "How the detector looked: with a session that was proven to live, or without.",
    ),
    exchanges: z.int(),
    healthy: z
      .int()
      .describe(
        "Exchanges that were healthy. `health` is that of the best, unless one of the module's own requests was blocked, rate limited, sent to a login, not answered or out of budget.",
      ),
  })
  .meta({ id: "Coverage" });
export type CoverageResource = z.infer<typeof CoverageResource>;

export const CoverageFilter = z.strictObject({
  plugin: PluginName.optional(),
  health: CoverageHealth.optional(),
});
export type CoverageFilter = z.infer<typeof CoverageFilter>;

export const CoverageTotals = z
  .object({
    modules: z.array(
      z.object({
        plugin: z.string(),
        places: z.int(),
        byHealth: z.record(z.string(), z.int()).describe("Places by health, of the healths that occur."),
      }),
    ),
  })
  .meta({ id: "CoverageTotals" });
export type CoverageTotals = z.infer<typeof CoverageTotals>;
