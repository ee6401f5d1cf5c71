import { z } from "zod";
import { AuthProbe, AuthRecipe, AuthSecretField, secretProblems } from "../auth-profile.ts";
import { DESTRUCTIVE_WORDS } from "../destructive-url.ts";
import { MIN_SECRET_LENGTH } from "../secret-forms.ts";
import { hasMember, Id, Timestamp, words } from "./common.ts";

/** Credentials and a login of one target. No answer ever holds a secret: only which there are. */
export const AuthProfileResource = z
  .object({
    id: Id,
    targetId: Id,
    name: z.string(),
    origin: z
      .string()
      .describe("The only place that credentials are sent to; the target's when it was made."),
    recipe: AuthRecipe,
    probe: AuthProbe,
    destructiveWords: z.array(z.string()),
    version: z.int().describe("Raised by every change; scans record it."),
    secrets: z.array(
      z.object({
        field: AuthSecretField,
        keyId: z.string().describe("Key that it is encrypted under."),
        updatedAt: Timestamp,
      }),
    ),
    createdBy: z.string(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: "AuthProfile" });
export type AuthProfileResource = z.infer<typeof AuthProfileResource>;

const Secrets = z
  .partialRecord(
    AuthSecretField,
    z
      .string()
      .min(MIN_SECRET_LENGTH, {
        error: "is too short to be told from other text, and so to be kept out of results",
      })
      .max(8_000)
      .regex(/^[^\0\r\n]*$/, { error: "must be one line" }),
  )
  .describe("Written, never read.");

const FIELDS = {
  name: words(100),
  recipe: AuthRecipe,
  probe: AuthProbe,
  destructiveWords: z
    .array(z.string().trim().toLowerCase().min(2).max(50))
    .max(200)
    .describe("A request whose path or query holds one of these words is not sent with the session."),
};

export const NewAuthProfile = z
  .strictObject({
    targetId: Id,
    ...FIELDS,
    destructiveWords: FIELDS.destructiveWords.default([...DESTRUCTIVE_WORDS]),
    secrets: Secrets,
  })
  .superRefine(({ recipe, secrets }, context) => {
    for (const message of secretProblems(recipe, Object.keys(secrets) as AuthSecretField[]))
      context.addIssue({ code: "custom", path: ["secrets"], message });
  })
  .meta({ id: "NewAuthProfile" });
export type NewAuthProfile = z.infer<typeof NewAuthProfile>;

/** What is absent stays; a secret that is given takes the place of the one before. */
export const AuthProfileChange = z
  .strictObject({ ...FIELDS, secrets: Secrets })
  .partial()
  .refine(hasMember, { error: "names nothing to change" })
  .meta({ id: "AuthProfileChange" });
export type AuthProfileChange = z.infer<typeof AuthProfileChange>;

export const AuthProfileFilter = z.strictObject({
  target: Id.optional().describe("Profiles of this target."),
});
export type AuthProfileFilter = z.infer<typeof AuthProfileFilter>;

export const KeyRotation = z
  .object({
    keyId: z.string().describe("The key that all secrets are under now."),
    rotated: z.int().describe("Secrets that were under another key before."),
  })
  .meta({ id: "KeyRotation" });
export type KeyRotation = z.infer<typeof KeyRotation>;
