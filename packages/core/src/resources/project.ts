import { z } from "zod";
import { hasMember, Id, Timestamp, words } from "./common.ts";

export const ProjectResource = z
  .object({
    id: Id,
    name: z.string(),
    description: z.string(),
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
