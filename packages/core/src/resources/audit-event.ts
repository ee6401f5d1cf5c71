import { z } from "zod";
import { AuditAction } from "../vocabulary.ts";
import { Id, JsonObject, Sha256, Timestamp } from "./common.ts";

export const AuditEventResource = z
  .object({
    seq: z.int(),
    at: Timestamp,
    actor: z.string(),
    action: AuditAction,
    scanId: Id.nullable(),
    params: JsonObject,
    previousHash: Sha256,
    hash: Sha256,
  })
  .meta({ id: "AuditEvent" });
export type AuditEventResource = z.infer<typeof AuditEventResource>;

export const AuditFilter = z.strictObject({
  scan: Id.optional().describe("Events of this scan."),
  action: AuditAction.optional(),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

const AuditCheckpoint = z
  .string()
  .regex(/^[1-9]\d{0,14}:[0-9a-f]{64}$/, "is an event's number and hash: <number>:<64 hex digits>");

export const AuditVerificationQuery = z.strictObject({
  from: AuditCheckpoint.optional().describe(
    "A checkpoint of an earlier verification: it must still fit, and only what came after it is checked.",
  ),
  limit: z.coerce.number().int().min(1).max(1_000_000).optional().describe("Most events to check."),
});
export type AuditVerificationQuery = z.infer<typeof AuditVerificationQuery>;

export const AuditVerificationResource = z
  .object({
    checked: z.int().describe("Events whose hash and link were computed again."),
    isComplete: z.boolean().describe("False: `limit` ended it, more follows after `checkpoint`."),
    head: Sha256.describe("Hash of the last event that was checked."),
    checkpoint: AuditCheckpoint.nullable().describe(
      "Number and hash of that event, null before the first. Kept elsewhere, it proves later that nothing up to it was rewritten or cut off.",
    ),
    broken: z
      .object({ seq: z.string(), problem: z.string() })
      .nullable()
      .describe("The first event that does not fit, or null."),
  })
  .meta({ id: "AuditVerification" });
export type AuditVerificationResource = z.infer<typeof AuditVerificationResource>;
