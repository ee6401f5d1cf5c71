import { z } from "zod";
import { Role } from "../vocabulary.ts";
import { Id, Person, Timestamp, words } from "./common.ts";

export const TokenResource = z
  .object({
    id: Id,
    name: z.string(),
    role: Role,
    person: z.string().describe("Whom it stands for, in lower case."),
    prefix: z
      .string()
      .describe(
        "By which people and the log tell tokens apart; `token:<prefix>` is the actor of what it does.",
      ),
    createdBy: z.string(),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: "Token" });
export type TokenResource = z.infer<typeof TokenResource>;

/** The only answer that shows the token itself. */
export const IssuedToken = TokenResource.extend({ token: z.string() }).meta({ id: "IssuedToken" });
export type IssuedToken = z.infer<typeof IssuedToken>;

export const NewToken = z
  .strictObject({
    name: words(200),
    role: Role,
    person: Person.describe(
      "Whom the token stands for, such as an e-mail address. Nobody decides about an exception that they asked for, whichever of their tokens they use.",
    ),
    expiresAt: Timestamp.nullable().default(null).describe("Null: until it is revoked."),
  })
  .meta({ id: "NewToken" });
export type NewToken = z.infer<typeof NewToken>;
