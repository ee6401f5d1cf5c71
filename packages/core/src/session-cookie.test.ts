import { describe, expect, it } from "@jest/globals";
import { isSessionCookieName } from "./session-cookie.ts";

describe("isSessionCookieName", () => {
  it.each([
    "PHPSESSID",
    "JSESSIONID",
    "ASP.NET_SessionId",
    "ASPSESSIONIDQQRTSTBD",
    "connect.sid",
    "laravel_session",
    "wordpress_logged_in_5c016e8f0f95f039102cbe8366c5c7f3",
    ".ASPXAUTH",
    ".AspNetCore.Identity.Application",
    "CFID",
    "jwt",
    "remember_web",
    "access_token",
    "sid",
    "sessionStore",
  ])("%s is one", (name) => expect(isSessionCookieName(name)).toBe(true));

  it.each([
    "theme",
    "XSRF-TOKEN",
    "csrftoken",
    "author",
    "inside",
    "sidebar",
    "_ga",
    "basket",
    "session_count",
    "loginHintClosed",
    "login_hint_closed",
    "tokens_view",
    "auth.redirect",
    "token_type",
  ])("%s is none", (name) => expect(isSessionCookieName(name)).toBe(false));
});
