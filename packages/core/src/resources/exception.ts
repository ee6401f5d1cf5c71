import { z } from "zod";
import { ExceptionScope, ExceptionStatus, Severity } from "../vocabulary.ts";
import { Id, Timestamp, words } from "./common.ts";

/** A person's scoped, expiring decision to accept a finding. */
export const ExceptionResource = z
  .object({
    id: Id,
    projectId: Id,
    targetId: Id,
    findingId: Id.nullable().describe("The finding it was asked for from."),
    mergedIntoId: Id.nullable().describe(
      "The finding that it is part of since; of that, the exception covers the places that it brought.",
    ),
    findingKey: z.string().describe("Dedupe key of the finding on that target."),
    findingType: z.string(),
    scope: z.object({
      kind: ExceptionScope,
      instanceId: Id.nullable().describe("Of kind `instance`: the place."),
      route: z.string().nullable().describe("Of kind `type_on_route`: the route, as it was called then."),
    }),
    maxSeverity: Severity.describe("What is more severe is not covered."),
    coversUntil: Timestamp.describe("Of kind `finding`: places first seen later are not covered."),
    status: ExceptionStatus.describe("By the clock: `active` ends at `expiresAt`, to the second."),
    isStale: z.boolean().describe("It is active and covered nothing in the last three complete scans."),
    reason: z.string(),
    owner: z.string(),
    ticket: z.string().nullable(),
    requestedBy: z.string().describe("The token that asked for it."),
    requesterPerson: z.string().describe("The person whose token that is."),
    approver: z.string().nullable().describe("The token that decided about it."),
    approverPerson: z.string().nullable().describe("The person whose token that is; never who asked."),
    supersedesId: Id.nullable().describe("Of an extension: the exception whose term it prolongs."),
    expiresAt: Timestamp,
    decidedAt: Timestamp.nullable(),
    createdAt: Timestamp,
  })
  .meta({ id: "Exception" });
export type ExceptionResource = z.infer<typeof ExceptionResource>;

/** What of a finding is accepted. A more severe match or a place outside of it stays in every list. */
export const NewExceptionScope = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("instance").describe("One place of the finding."),
      instanceId: Id,
    }),
    z.strictObject({
      kind: z.literal("finding").describe("The finding at the places it has when this is approved."),
    }),
    z.strictObject({
      kind: z.literal("type_on_route").describe("Every finding of its type on a route of the target."),
      route: z.string().min(1).max(8_192).describe("A route where the finding shows."),
    }),
    z.strictObject({
      kind: z.literal("type_on_target").describe("Every finding of its type on the target."),
    }),
  ])
  .meta({ id: "NewExceptionScope" });
export type NewExceptionScope = z.infer<typeof NewExceptionScope>;

export const NewException = z
  .strictObject({
    findingId: Id,
    scope: NewExceptionScope,
    reason: words(4_000).describe("Why the finding can be accepted."),
    owner: words(200).describe("The person who answers for it."),
    ticket: words(200).nullable().default(null),
    expiresAt: Timestamp.describe("At most 365 days from now."),
  })
  .meta({ id: "NewException" });
export type NewException = z.infer<typeof NewException>;

export const ExceptionExtension = z
  .strictObject({
    reason: words(4_000).describe("Why the finding can be accepted for longer."),
    expiresAt: Timestamp.describe("After the present end, at most 365 days from now."),
  })
  .meta({ id: "ExceptionExtension" });
export type ExceptionExtension = z.infer<typeof ExceptionExtension>;

export const ExceptionFilter = z.strictObject({
  project: Id.optional().describe("Exceptions of this project."),
  target: Id.optional().describe("Exceptions of this target."),
  finding: Id.optional().describe(
    "Exceptions that were asked for from this finding, or from one that is part of it now.",
  ),
  status: ExceptionStatus.optional(),
  stale: z
    .stringbool({ truthy: ["true"], falsy: ["false"] })
    .optional()
    .describe("Active ones that covered nothing in the last three complete scans, or all others."),
});
export type ExceptionFilter = z.infer<typeof ExceptionFilter>;
