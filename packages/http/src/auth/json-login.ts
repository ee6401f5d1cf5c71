import { type AuthProfile, parseWebUrl } from "@picket/core";
import {
  codeOf,
  jsonOf,
  type LoginResult,
  type Page,
  passwordFields,
  type Recipe,
  refuseErrors,
  type SendLogin,
  tokenAt,
  visit,
  withHeader,
} from "./login-steps.ts";

/** Sends fields as JSON; its session is a cookie, or a token in the answer. */
export async function jsonLogin(
  profile: AuthProfile,
  recipe: Recipe<"json">,
  send: SendLogin,
): Promise<LoginResult> {
  const at = (url: string) => parseWebUrl(url, profile.origin);
  const { tokenPath, totp } = recipe;
  const tokenOf = (page: Page): LoginResult =>
    tokenPath === undefined ? { headers: [], expiresAt: null } : withHeader(recipe, tokenAt(page, tokenPath));
  const first = await visit(send, jsonOf(at(recipe.loginUrl), passwordFields(profile, recipe)));
  refuseErrors(first, "the login");
  if (totp?.url === undefined) return tokenOf(first);
  const { headers } = tokenOf(first);
  const second = await visit(send, jsonOf(at(totp.url), codeOf(profile, totp), headers));
  refuseErrors(second, "the one-time code");
  return tokenOf(second);
}
