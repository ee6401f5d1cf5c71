import { z } from "zod";
import { ExceptionStatus } from "../vocabulary.ts";
import { Id, Timestamp, words } from "./common.ts";

/** Longest time for which a finding can be accepted, days. */
export const MAX_EXCEPTION_DAYS = 365;

/** A person's scoped, expiring decision to accept a finding. */
export const ExceptionResource = z
  .object({
    id: Id,
    projectId: Id,
    targetId: Id,
    findingId: Id.nullable(),
    findingKey: z.string().describe("Dedupe key of the finding on that target."),
    status: ExceptionStatus,
    reason: z.string(),
    owner: z.string(),
    ticket: z.string().nullable(),
    requestedBy: z.string(),
    approver: z.string().nullable(),
    expiresAt: Timestamp,
    decidedAt: Timestamp.nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: "Exception" });
export type ExceptionResource = z.infer<typeof ExceptionResource>;

export const NewException = z
  .strictObject({
    findingId: Id,
    reason: words(4_000).describe("Why the finding can be accepted."),
    owner: words(200).describe("The person who answers for it."),
    ticket: words(200).nullable().default(null),
    expiresAt: Timestamp.describe("At most 365 days from now."),
  })
  .meta({ id: "NewException" });
export type NewException = z.infer<typeof NewException>;

export const ExceptionFilter = z.strictObject({
  project: Id.optional().describe("Exceptions of this project."),
  target: Id.optional().describe("Exceptions of this target."),
  status: ExceptionStatus.optional(),
});
export type ExceptionFilter = z.infer<typeof ExceptionFilter>;
