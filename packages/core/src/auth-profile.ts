import { z } from "zod";
import { MAX_URL_LENGTH, tryParseWebUrl } from "./web-url.ts";

/** A path below the target's origin, or an absolute URL. */
const LoginUrl = z.string().min(1).max(MAX_URL_LENGTH);
const AbsoluteUrl = LoginUrl.refine((text) => tryParseWebUrl(text) !== null, {
  error: "must be an http or https URL without user name and password",
});
const FieldName = z.string().min(1).max(200);
const Fields = z.record(FieldName, z.string().max(2_000));
const HeaderName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, { error: "must be a header's name" });
/** Printable, without blanks at its ends. */
const Words = z.string().min(1).max(500);

/** The header that carries a credential: `Authorization: Bearer …` unless something else is said. */
const Carrier = {
  header: HeaderName.default("authorization"),
  scheme: z
    .string()
    .regex(/^[\x21-\x7e]{0,50}$/)
    .default("Bearer")
    .describe("Stands before the value, as in `Bearer …`; empty: the value alone."),
};

const Totp = z
  .strictObject({
    field: FieldName.describe("Name of the code's field."),
    url: LoginUrl.optional().describe("Where the code is sent after the password. Absent: together with it."),
    digits: z.int().min(6).max(8).default(6),
    periodSeconds: z.int().min(15).max(120).default(30),
    algorithm: z.enum(["sha1", "sha256", "sha512"]).default("sha1"),
  })
  .describe("One-time code as a second step (RFC 6238); its seed is the secret `totpSeed`.");

const PasswordLogin = {
  loginUrl: LoginUrl,
  username: Words,
  usernameField: FieldName.default("username"),
  passwordField: FieldName.default("password"),
  extraFields: Fields.default({}).describe("Sent with every login."),
  totp: Totp.optional(),
};

/** How a session comes about, without its secrets. */
export const AuthRecipe = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("header"), ...Carrier }),
    z.strictObject({ kind: z.literal("cookie") }),
    z.strictObject({ kind: z.literal("basic"), username: Words }),
    z.strictObject({ kind: z.literal("form"), ...PasswordLogin }),
    z.strictObject({
      kind: z.literal("json"),
      ...PasswordLogin,
      ...Carrier,
      tokenPath: z
        .string()
        .regex(/^[^.]{1,100}(\.[^.]{1,100}){0,9}$/)
        .optional()
        .describe(
          "Where the answer holds the token, such as `data.token`. Absent: the session is in cookies.",
        ),
    }),
    z.strictObject({
      kind: z.literal("oauth2"),
      ...Carrier,
      tokenUrl: AbsoluteUrl,
      clientId: Words,
      scope: z.string().max(1_000).optional(),
      clientAuth: z
        .enum(["basic", "body"])
        .default("basic")
        .describe("How the client proves itself (RFC 6749 §2.3.1)."),
      extraFields: Fields.default({}),
    }),
  ])
  .meta({ id: "AuthRecipe" });
export type AuthRecipe = z.infer<typeof AuthRecipe>;
export type AuthKind = AuthRecipe["kind"];

export const AuthSecretField = z.enum(["value", "password", "totpSeed", "clientSecret"]);
export type AuthSecretField = z.infer<typeof AuthSecretField>;
export type AuthSecrets = Partial<Record<AuthSecretField, string>>;

/** What of a page shows that one is logged in. */
export const AuthProbe = z
  .strictObject({
    url: LoginUrl.describe(
      "A page of the target that only a logged-in user gets: a path, or a URL on its origin.",
    ),
    status: z.int().min(200).max(599).default(200),
    contains: Words.optional().describe("Text that the page shows to a logged-in user."),
    loggedOut: Words.optional().describe("Text that no page shows to a logged-in user, such as `Log in`."),
  })
  .describe(
    "Asked for with the session when a module starts and ends, and once without it: a probe that succeeds then proves nothing.",
  )
  .meta({ id: "AuthProbe" });
export type AuthProbe = z.infer<typeof AuthProbe>;

/** Everything that a session is made of. */
export interface AuthProfile {
  id: string;
  name: string;
  version: number;
  /** The only place that credentials are sent to, `scheme://host[:port]`. */
  origin: string;
  recipe: AuthRecipe;
  probe: AuthProbe;
  /** Words in a path or query that keep a request from being sent with the session. */
  destructiveWords: readonly string[];
  secrets: AuthSecrets;
}

/** Which secrets a recipe needs; no other may be given. */
export function secretFieldsOf(recipe: AuthRecipe): AuthSecretField[] {
  switch (recipe.kind) {
    case "header":
    case "cookie":
      return ["value"];
    case "basic":
      return ["password"];
    case "form":
    case "json":
      return recipe.totp ? ["password", "totpSeed"] : ["password"];
    case "oauth2":
      return ["clientSecret"];
  }
}

/** What is wrong with the secrets of a recipe, in words; empty when they are complete. */
export function secretProblems(recipe: AuthRecipe, present: readonly AuthSecretField[]): string[] {
  const needed = secretFieldsOf(recipe);
  const missing = needed.filter((field) => !present.includes(field));
  const surplus = present.filter((field) => !needed.includes(field));
  return [
    ...missing.map((field) => `${field} is missing: kind ${recipe.kind} needs it`),
    ...surplus.map((field) => `${field} is not a secret of kind ${recipe.kind}`),
  ];
}

/** A time in which a session cannot be proven to have lived; ms since 1970. Null: it was not renewed. */
export interface Doubt {
  from: number;
  to: number | null;
}

/** What a module run did to have and to prove its session. */
export interface AuthFacts {
  logins: number;
  failedLogins: number;
  probes: number;
  failedProbes: number;
  /** The session was proven before the first and after the last request. */
  provenAtStart: boolean;
  provenAtEnd: boolean;
  /** It ended and could not be renewed. */
  isLost: boolean;
  doubts: Doubt[];
  /** Names of the session's cookies whose values are too short to be told from other text, and so to be masked. */
  unmaskedCookies: string[];
}

/** What the module runs of a scan did to be logged in. */
export interface AuthUse {
  /** Logins and probes. */
  tries: number;
  failures: number;
  /** The session of one ended unseen, or could not be renewed. */
  isLost: boolean;
  /** Each of them proved its session at its start and at its end. */
  isProven: boolean;
  unmaskedCookies: string[];
}

/** Undefined when no run had a session to use. */
export function authUse(
  runs: readonly { isEnded: boolean; facts: Partial<AuthFacts> | null | undefined }[],
): AuthUse | undefined {
  const using = runs.flatMap(({ isEnded, facts }) => (facts ? [{ isEnded, ...facts }] : []));
  if (using.length === 0) return undefined;
  const sum = (count: (facts: Partial<AuthFacts>) => number) =>
    using.reduce((total, run) => total + count(run), 0);
  const failures = sum(({ failedLogins = 0, failedProbes = 0 }) => failedLogins + failedProbes);
  return {
    tries: sum(({ logins = 0, probes = 0 }) => logins + probes) + sum(({ failedLogins = 0 }) => failedLogins),
    failures,
    isLost: using.some(
      ({ isLost, isEnded, provenAtStart, provenAtEnd }) =>
        isLost || (isEnded && provenAtStart && !provenAtEnd),
    ),
    isProven: using.every(
      ({ isLost, provenAtStart, provenAtEnd }) => !isLost && provenAtStart && provenAtEnd,
    ),
    unmaskedCookies: [...new Set(using.flatMap(({ unmaskedCookies = [] }) => unmaskedCookies))].sort(),
  };
}

/** How a look at time `at` stands, sent with a session that had these doubts. */
export function authenticationAt(at: number, doubts: readonly Doubt[]): Authentication {
  const isDoubtful = doubts.some(({ from, to }) => at >= from && (to === null || at <= to));
  return isDoubtful ? "auth_lost" : "authenticated";
}

/** How a module run looked at a place: `auth_lost` when its session cannot be proven to have lived. */
export const Authentication = z.enum(["anonymous", "authenticated", "auth_lost"]);
export type Authentication = z.infer<typeof Authentication>;
