import { type HeaderList, parseWebUrl } from "@picket/core";
import type { WireRequest } from "../exchange.ts";
import {
  formOf,
  type LoginResult,
  type Page,
  type Recipe,
  refuseErrors,
  type SendLogin,
  textOf,
  tokenAt,
  tryJson,
  withHeader,
} from "./login-steps.ts";

/** Client credentials grant (RFC 6749 §4.4). */
export async function tokenLogin(
  recipe: Recipe<"oauth2">,
  clientSecret: string,
  send: SendLogin,
): Promise<LoginResult> {
  const wire = tokenRequest(recipe, clientSecret);
  const page = { url: wire.url, response: await send(wire) };
  refuseErrors(page, "the token request");
  return withHeader(recipe, tokenAt(page, "access_token"), expiryOf(page));
}

function tokenRequest(
  { tokenUrl, clientId, clientAuth, scope, extraFields }: Recipe<"oauth2">,
  clientSecret: string,
): WireRequest {
  const isBasic = clientAuth === "basic";
  const fields = {
    ...extraFields,
    grant_type: "client_credentials",
    ...(scope !== undefined && { scope }),
    ...(!isBasic && { client_id: clientId, client_secret: clientSecret }),
  };
  return formOf(parseWebUrl(tokenUrl), fields, isBasic ? basicAuth(clientId, clientSecret) : []);
}

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function basicAuth(clientId: string, clientSecret: string): HeaderList {
  const pair = [clientId, clientSecret]
    .map((part) => new URLSearchParams({ part }).toString().slice(5))
    .join(":");
  return [["authorization", `Basic ${Buffer.from(pair, "utf8").toString("base64")}`]];
}

function expiryOf(page: Page): number | null {
  const answer = tryJson(textOf(page.response));
  const seconds =
    typeof answer === "object" && answer !== null && "expires_in" in answer ? Number(answer.expires_in) : NaN;
  return Number.isFinite(seconds) ? Date.now() + seconds * 1_000 : null;
}
