import { type AuthProfile, hrefOf, originOf, parseWebUrl, type WebUrl } from "@picket/core";
import type { WireRequest } from "../exchange.ts";
import { findLoginForm } from "./login-form.ts";
import {
  codeOf,
  formOf,
  getOf,
  LoginError,
  type LoginResult,
  type Page,
  passwordFields,
  type Recipe,
  refuseErrors,
  type SendLogin,
  textOf,
  visit,
} from "./login-steps.ts";

interface Step {
  /** Name of a field by which the form is known. */
  field: string;
  fields: Record<string, string>;
  /** Where to send them when the page has no such form. */
  url: string;
}

/** Fills in the login page's form, and the one for the code where that is a step of its own. */
export async function formLogin(
  profile: AuthProfile,
  recipe: Recipe<"form">,
  send: SendLogin,
): Promise<LoginResult> {
  const { loginUrl, passwordField, totp } = recipe;
  const submit = (page: Page, step: Step) => visit(send, submission(page, step, profile.origin));
  const first = await visit(send, getOf(parseWebUrl(loginUrl, profile.origin)));
  refuseErrors(first, "the login page");
  const fields = passwordFields(profile, recipe);
  const second = await submit(first, { field: passwordField, fields, url: loginUrl });
  refuseErrors(second, "the login");
  if (totp?.url !== undefined) {
    const code = { field: totp.field, fields: codeOf(profile, totp), url: totp.url };
    refuseErrors(await submit(second, code), "the one-time code");
  }
  return { headers: [], expiresAt: null };
}

/** What a browser sends when the form is filled in: its hidden fields too. */
function submission(page: Page, { field, fields, url }: Step, origin: string): WireRequest {
  const form = findLoginForm(textOf(page.response), page.url, field);
  const action = assertOwn(form ? parseWebUrl(form.action) : parseWebUrl(url, origin), origin);
  return formOf(action, { ...form?.fields, ...fields }, [["referer", hrefOf(page.url)]]);
}

/** Credentials go to the profile's own origin only, whatever a page's form says. */
function assertOwn(action: WebUrl, origin: string): WebUrl {
  if (originOf(action) === origin) return action;
  throw new LoginError(`the login form sends to ${originOf(action)}, not to ${origin}`);
}
