import {
  type AuthProfile,
  type AuthRecipe,
  type HeaderList,
  originOf,
  parseJson,
  type WebUrl,
} from "@picket/core";
import type { WireRequest, WireResponse } from "../exchange.ts";
import { followRedirect } from "../redirect.ts";
import { totpCode } from "./totp.ts";

/** What a login gives, cookies aside. */
export interface LoginResult {
  /** Sent with every request to the profile's origin. */
  headers: HeaderList;
  /** When the token ends by its own word, ms since 1970; null: it does not say. */
  expiresAt: number | null;
}

/** Sends one request of a login with the cookies so far, and keeps those that come back. */
export type SendLogin = (wire: WireRequest) => Promise<WireResponse>;

/** Why a login did not work, in words that hold no secret. */
export class LoginError extends Error {
  override readonly name = "LoginError";
}

/** What a profile says of one kind of login. */
export type Recipe<Kind extends AuthRecipe["kind"]> = Extract<AuthRecipe, { kind: Kind }>;

/** Where a step of a login ended, and what came back. */
export interface Page {
  url: WebUrl;
  response: WireResponse;
}

/** A login whose proof is a header with every request. */
export function withHeader(
  { header, scheme }: { header: string; scheme: string },
  value: string,
  expiresAt: number | null = null,
): LoginResult {
  return { headers: [[header.toLowerCase(), scheme === "" ? value : `${scheme} ${value}`]], expiresAt };
}

const MAX_HOPS = 5;

/** Follows redirects on the same origin, as a browser does; what leads elsewhere is the end of it. */
export async function visit(send: SendLogin, first: WireRequest): Promise<Page> {
  let wire = first;
  for (let hop = 0; ; hop += 1) {
    const response = await send(wire);
    const next = followRedirect(wire, response);
    if (!next || hop >= MAX_HOPS || originOf(next.url) !== originOf(wire.url))
      return { url: wire.url, response };
    wire = next;
  }
}

export function textOf({ body }: WireResponse): string {
  return Buffer.from(body).toString("utf8");
}

const ACCEPT: [string, string] = ["accept", "*/*"];

export function getOf(url: WebUrl): WireRequest {
  return { url, method: "GET", headers: [ACCEPT] };
}

export function formOf(url: WebUrl, fields: Record<string, string>, headers: HeaderList = []): WireRequest {
  const type: [string, string] = ["content-type", "application/x-www-form-urlencoded"];
  const origin: [string, string] = ["origin", originOf(url)];
  const body = Buffer.from(new URLSearchParams(fields).toString(), "utf8");
  return { url, method: "POST", headers: [ACCEPT, type, origin, ...headers], body };
}

export function jsonOf(url: WebUrl, value: object, headers: HeaderList = []): WireRequest {
  const type: [string, string] = ["content-type", "application/json"];
  return {
    url,
    method: "POST",
    headers: [ACCEPT, type, ...headers],
    body: Buffer.from(JSON.stringify(value), "utf8"),
  };
}

/** Throws LoginError for an answer of 400 or more. */
export function refuseErrors({ response: { status } }: Page, step: string): void {
  if (status >= 400) throw new LoginError(`${step} was answered with ${status}`);
}

/** The one-time code of now, in its field. */
export function codeOf(
  { secrets }: AuthProfile,
  totp: NonNullable<Recipe<"form">["totp"]>,
): Record<string, string> {
  return { [totp.field]: totpCode(secrets.totpSeed ?? "", new Date(), totp) };
}

/** All that the first step sends. */
export function passwordFields(
  profile: AuthProfile,
  recipe: Recipe<"form" | "json">,
): Record<string, string> {
  const { usernameField, passwordField, username, extraFields, totp } = recipe;
  return {
    ...extraFields,
    [usernameField]: username,
    [passwordField]: profile.secrets.password ?? "",
    ...(totp && totp.url === undefined && codeOf(profile, totp)),
  };
}

/** The text at a dotted path. Throws LoginError when there is none. */
export function tokenAt(page: Page, path: string): string {
  let value: unknown = tryJson(textOf(page.response));
  for (const key of path.split("."))
    value =
      typeof value === "object" && value !== null
        ? Object.getOwnPropertyDescriptor(value, key)?.value
        : undefined;
  if (typeof value === "string" && /^[\x21-\x7e]{1,8000}$/.test(value)) return value;
  throw new LoginError(`the answer to the login holds no token at ${path}`);
}

/** Undefined when it is no JSON. */
export function tryJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
