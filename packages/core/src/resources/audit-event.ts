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

export const AuditVerificationResource = z
  .object({
    checked: z.int().describe("Events whose hash and link were computed again."),
    head: Sha256.describe(
      "Hash of the newest event; kept elsewhere, it proves later that nothing was cut off the end.",
    ),
    broken: z
      .object({ seq: z.string(), problem: z.string() })
      .nullable()
      .describe("The first event that does not fit, or null."),
  })
  .meta({ id: "AuditVerification" });
export type AuditVerificationResource = z.infer<typeof AuditVerificationResource>;
