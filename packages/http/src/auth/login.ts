import type { AuthProfile } from "@picket/core";
import { formLogin } from "./form-login.ts";
import { jsonLogin } from "./json-login.ts";
import { type LoginResult, type SendLogin, withHeader } from "./login-steps.ts";
import { tokenLogin } from "./token-login.ts";

/** Makes a session as the profile says. Throws LoginError, and what `send` throws. */
export async function login(profile: AuthProfile, send: SendLogin): Promise<LoginResult> {
  const { recipe, secrets } = profile;
  const { value = "", password = "" } = secrets;
  switch (recipe.kind) {
    case "header":
      return withHeader(recipe, value);
    case "cookie":
      return { headers: [["cookie", value]], expiresAt: null };
    case "basic": {
      const pair = Buffer.from(`${recipe.username}:${password}`, "utf8").toString("base64");
      return withHeader({ header: "authorization", scheme: "Basic" }, pair);
    }
    case "form":
      return formLogin(profile, recipe, send);
    case "json":
      return jsonLogin(profile, recipe, send);
    case "oauth2":
      return tokenLogin(recipe, secrets.clientSecret ?? "", send);
  }
}
