import { z } from "zod";
import { Role } from "../vocabulary.ts";
import { hasMember, Id, Timestamp, words } from "./common.ts";

export const ProjectResource = z
  .object({
    id: Id,
    name: z.string(),
    description: z.string(),
    exceptionApprovers: z.array(Role).describe("Roles whose tokens decide about exceptions of this project."),
    targetCount: z.int().describe("Targets that are not deleted."),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: "Project" });
export type ProjectResource = z.infer<typeof ProjectResource>;

const PROJECT_FIELDS = { name: words(200), description: z.string().trim().max(4_000) };

export const NewProject = z
  .strictObject({ ...PROJECT_FIELDS, description: PROJECT_FIELDS.description.default("") })
  .meta({ id: "NewProject" });
export type NewProject = z.infer<typeof NewProject>;

/** What is absent stays. */
export const ProjectChange = z
  .strictObject(PROJECT_FIELDS)
  .partial()
  .refine(hasMember, { error: "names nothing to change" })
  .meta({ id: "ProjectChange" });
export type ProjectChange = z.infer<typeof ProjectChange>;

/** Whose tokens approve, reject and revoke exceptions of a project. */
export const ExceptionApprovers = z
  .strictObject({
    roles: z
      .array(Role.exclude(["viewer"]))
      .min(1)
      .max(3)
      .refine((roles) => new Set(roles).size === roles.length, { error: "names a role twice" })
      .describe("No role includes another here: what is not named may not decide."),
  })
  .meta({ id: "ExceptionApprovers" });
export type ExceptionApprovers = z.infer<typeof ExceptionApprovers>;
