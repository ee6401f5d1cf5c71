import { z } from "zod";
import { RequestMark } from "../request-mark.ts";
import { DEFAULT_REQUEST_POLICY, RequestPolicy } from "../request-policy.ts";
import { Criticality, DataSensitivity, Environment, Exposure, ScanStatus } from "../vocabulary.ts";
import { hrefOf, MAX_URL_LENGTH, tryParseWebUrl } from "../web-url.ts";
import { hasMember, Id, Timestamp, words } from "./common.ts";

/** What scans may ask of a target, over all workers, scans and plugins. */
const TargetBudget = z.object({
  rps: z.number().positive().max(10_000).describe("Requests per second."),
  concurrency: z.int().min(1).max(1_000).describe("Requests in flight."),
  maxRuntimeSeconds: z.int().min(1).max(604_800).describe("Wall time of one scan, s."),
  maxRequests: z.int().min(1).max(10_000_000).describe("Requests of one scan."),
});

/** How its scans ask. */
const TargetRequests = RequestPolicy.extend({
  mark: RequestMark.nullable().describe(
    "Header that every request carries; `{scan}` in its value stands for the scan's id. Null: the installation's.",
  ),
});

export const TargetResource = z
  .object({
    id: Id,
    projectId: Id,
    name: z.string(),
    baseUrl: z.string(),
    environment: Environment,
    owner: z.string().nullable(),
    team: z.string().nullable(),
    criticality: Criticality,
    dataSensitivity: DataSensitivity,
    exposure: Exposure,
    budget: TargetBudget,
    requests: TargetRequests,
    lastScan: z
      .object({ id: Id, status: ScanStatus, createdAt: Timestamp })
      .nullable()
      .describe("The newest scan, or null before the first."),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    deletedAt: Timestamp.nullable(),
  })
  .meta({ id: "Target" });
export type TargetResource = z.infer<typeof TargetResource>;

/** Scans stay below its directory. In normal form afterwards: lower-case host, no default port, no fragment. */
const BaseUrl = z
  .string()
  .max(MAX_URL_LENGTH)
  .transform((text, context) => {
    const url = tryParseWebUrl(text);
    if (url && url.query === "") return hrefOf(url);
    context.addIssue({
      code: "custom",
      message: "must be an http or https URL without user name, password and query",
    });
    return z.NEVER;
  });

const TARGET_FIELDS = {
  name: words(200),
  baseUrl: BaseUrl,
  environment: Environment,
  owner: words(200).nullable(),
  team: words(200).nullable(),
  criticality: Criticality,
  dataSensitivity: DataSensitivity,
  exposure: Exposure,
};

const BUDGET_FIELDS = TargetBudget.shape;
const REQUEST_FIELDS = TargetRequests.shape;

export const NewTarget = z
  .strictObject({
    ...TARGET_FIELDS,
    projectId: Id,
    owner: TARGET_FIELDS.owner.default(null),
    team: TARGET_FIELDS.team.default(null),
    criticality: Criticality.default("medium"),
    dataSensitivity: DataSensitivity.default("internal"),
    exposure: Exposure.default("internal"),
    budget: z
      .strictObject({
        rps: BUDGET_FIELDS.rps.default(10),
        concurrency: BUDGET_FIELDS.concurrency.default(4),
        maxRuntimeSeconds: BUDGET_FIELDS.maxRuntimeSeconds.default(3_600),
        maxRequests: BUDGET_FIELDS.maxRequests.default(10_000),
      })
      .prefault({}),
    requests: z
      .strictObject({
        mark: REQUEST_FIELDS.mark.default(null),
        forms: REQUEST_FIELDS.forms.default(DEFAULT_REQUEST_POLICY.forms),
        destructive: REQUEST_FIELDS.destructive.default(DEFAULT_REQUEST_POLICY.destructive),
      })
      .prefault({}),
  })
  .meta({ id: "NewTarget" });
export type NewTarget = z.infer<typeof NewTarget>;

/** What is absent stays; null clears owner, team and mark. The base URL can only change while no scan is under way. */
export const TargetChange = z
  .strictObject({
    ...TARGET_FIELDS,
    budget: z.strictObject(BUDGET_FIELDS).partial().refine(hasMember),
    requests: z.strictObject(REQUEST_FIELDS).partial().refine(hasMember),
  })
  .partial()
  .refine(hasMember, { error: "names nothing to change" })
  .meta({ id: "TargetChange" });
export type TargetChange = z.infer<typeof TargetChange>;

export const TargetFilter = z.strictObject({ project: Id.optional().describe("Targets of this project.") });
export type TargetFilter = z.infer<typeof TargetFilter>;
