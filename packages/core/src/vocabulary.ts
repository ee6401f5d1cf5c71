import { z } from "zod";

/** How much of a response body is kept: nothing, its first part, or all of it. */
export const StorageMode = z.enum(["none", "sampled", "full"]);
export type StorageMode = z.infer<typeof StorageMode>;

/** Worst first; the position is the rank that lists sort by. */
export const Severity = z.enum(["critical", "high", "medium", "low", "info"]);
export type Severity = z.infer<typeof Severity>;

/** Band of a 0–100 confidence score; `confidenceBand` draws the lines. */
export const Confidence = z.enum(["low", "medium", "high"]);
export type Confidence = z.infer<typeof Confidence>;

/** What detectors say of a finding. What a person decided about it is an exception, kept apart. */
export const FindingStatus = z.enum(["open", "fixed", "soft_deleted"]);
export type FindingStatus = z.infer<typeof FindingStatus>;

export const ScanStatus = z.enum([
  "queued",
  "running",
  "succeeded",
  "partially_succeeded",
  "failed",
  "cancelled",
  "timed_out",
]);
export type ScanStatus = z.infer<typeof ScanStatus>;

/** A module run ends as a scan does, or was `skipped` with a reason before it started. */
export const ModuleRunStatus = z.enum([...ScanStatus.options, "skipped"]);
export type ModuleRunStatus = z.infer<typeof ModuleRunStatus>;

/** The one reason why a plugin's process ended. */
export const ExitReason = z.enum([
  "completed",
  "failed",
  "timed_out",
  "cancelled",
  "out_of_memory",
  "protocol_error",
  "crashed",
]);
export type ExitReason = z.infer<typeof ExitReason>;

/** Order of module runs within a scan: a stage starts when every run of the stage before has ended. */
export const Stage = z.enum(["discover", "inspect", "probe", "correlate"]);
export type Stage = z.infer<typeof Stage>;

/** What a plugin needs and a profile grants. */
export const Capability = z.enum([
  "http:passive",
  "http:active",
  "http:intrusive",
  "auth:use",
  "auth:compare",
  "tls:connect",
  "callback:use",
  "dns:resolve",
  "intel:read",
]);
export type Capability = z.infer<typeof Capability>;

/**
 * What a plugin's requests may do to a target: `passive`, what a visitor's do, or nothing as it sends none; `safe_active`,
 * nothing either, though no visitor sends them; `intrusive`, they carry attack payloads and may change what it stores.
 */
export const SideEffect = z.enum(["passive", "safe_active", "intrusive"]);
export type SideEffect = z.infer<typeof SideEffect>;

/** Which plugins may submit forms: none, intrusive ones, or safe active ones as well. */
export const FormSubmission = z.enum(["never", "intrusive", "safe_active"]);
export type FormSubmission = z.infer<typeof FormSubmission>;

/** How far a plugin's process is cut off: permission model inside bubblewrap, or the permission model alone. */
export const IsolationLevel = z.enum(["sandbox", "permission"]);
export type IsolationLevel = z.infer<typeof IsolationLevel>;

/** `interactive` was asked for by a person or a pipeline, `scheduled` by the clock, `recheck` verifies findings. */
export const ScanMode = z.enum(["interactive", "scheduled", "recheck"]);
export type ScanMode = z.infer<typeof ScanMode>;

export const Environment = z.enum(["production", "staging", "test", "development"]);
export type Environment = z.infer<typeof Environment>;

export const Criticality = z.enum(["very_low", "low", "medium", "high", "very_high"]);
export type Criticality = z.infer<typeof Criticality>;

export const DataSensitivity = z.enum(["public", "internal", "confidential", "restricted"]);
export type DataSensitivity = z.infer<typeof DataSensitivity>;

export const Exposure = z.enum(["internet", "partner", "internal", "isolated"]);
export type Exposure = z.infer<typeof Exposure>;

/** Each role includes the ones before it, save that approving exceptions is not an operator's right. */
export const Role = z.enum(["viewer", "operator", "approver", "admin"]);
export type Role = z.infer<typeof Role>;

/** By the clock: what was approved is `active` until it expires. Stored is `approved`; neither end needs a job. */
export const ExceptionStatus = z.enum(["proposed", "active", "rejected", "expired", "revoked"]);
export type ExceptionStatus = z.infer<typeof ExceptionStatus>;

export const ExceptionScope = z.enum(["instance", "finding", "type_on_route", "type_on_target"]);
export type ExceptionScope = z.infer<typeof ExceptionScope>;

export const CveCandidateStatus = z.enum(["potential", "affected", "not_affected", "verified"]);
export type CveCandidateStatus = z.infer<typeof CveCandidateStatus>;

/** Dot-named facts in the past: who did what to what. */
export const AuditAction = z.enum([
  "scan.started",
  "scan.completed",
  "scan.cancelled",
  "scan.replanned",
  "scans.cancelled",
  "module.run",
  "export.generated",
  "exception.created",
  "exception.approved",
  "exception.rejected",
  "exception.revoked",
  "exception.expired",
  "exception.extended",
  "recheck.triggered",
  "recheck.cancelled",
  "finding.fix_claimed",
  "schedule.created",
  "schedule.updated",
  "schedule.removed",
  "finding.merged",
  "finding.merge_undone",
  "finding.split",
  "finding.split_undone",
  "project.created",
  "project.updated",
  "target.created",
  "target.updated",
  "target.deleted",
  "endpoints.imported",
  "scope.added",
  "scope.removed",
  "token.created",
  "token.revoked",
  "auth_profile.created",
  "auth_profile.updated",
  "auth_profile.deleted",
  "auth_profile.keys_rotated",
]);
export type AuditAction = z.infer<typeof AuditAction>;
