import type { FindingInput } from "@picket/plugin-sdk";
import type { Weakness } from "./evaluate.ts";

type Claim = Pick<FindingInput, "description" | "remediation" | "references" | "cwe"> & {
  /** Ends a sentence that starts with the cookie's name. */
  title: string;
};

const MDN = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie";
const OWASP = "https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html#cookies";

/** What one attribute looks like where it is mostly set. */
function setAttribute(nginx: string, php: string, express: string): string {
  return [
    "Set it where the application sets the cookie.",
    `nginx in front of it: ${nginx}`,
    `PHP: ${php}`,
    `Express: ${express}`,
  ].join("\n");
}

export const CLAIMS: Record<Weakness["type"], Claim> = {
  "cookie-missing-secure": {
    title: "is sent over plain HTTP",
    description:
      "The cookie lacks the Secure attribute, so a browser sends it over unencrypted connections too, where it can be read.",
    remediation: setAttribute(
      "proxy_cookie_flags ~ secure;",
      "session.cookie_secure = 1",
      "res.cookie(name, value, { secure: true })",
    ),
    references: [`${MDN}#secure`, OWASP],
    cwe: 614,
  },
  "cookie-missing-httponly": {
    title: "can be read by scripts",
    description:
      "The name says that the cookie carries a session, and it lacks the HttpOnly attribute: an injected script can read and send it away.",
    remediation: setAttribute(
      "proxy_cookie_flags ~ httponly;",
      "session.cookie_httponly = 1",
      "res.cookie(name, value, { httpOnly: true })",
    ),
    references: [`${MDN}#httponly`, OWASP],
    cwe: 1004,
  },
  "cookie-missing-samesite": {
    title: "leaves SameSite to the browser",
    description:
      "The cookie has no valid SameSite attribute. Some browsers then send it with requests that other sites cause (cross-site request forgery).",
    remediation: setAttribute(
      "proxy_cookie_flags ~ samesite=lax;",
      'session.cookie_samesite = "Lax"',
      'res.cookie(name, value, { sameSite: "lax" })',
    ),
    references: [`${MDN}#samesitesamesite-value`, OWASP],
    cwe: 1275,
  },
  "cookie-prefix-violation": {
    title: "breaks the rules of its name's prefix",
    description:
      "A name with the prefix __Secure- needs the Secure attribute; __Host- needs Secure, Path=/ and no Domain. Browsers drop a cookie that breaks this.",
    remediation:
      "Add what the prefix asks for, such as Set-Cookie: __Host-name=…; Secure; Path=/; HttpOnly; SameSite=Lax, or give the cookie another name.",
    references: [`${MDN}#cookie_prefixes`, OWASP],
    cwe: 565,
  },
  "cookie-wide-domain": {
    title: "is sent to sibling hosts",
    description:
      "The name says that the cookie carries a session, and its Domain attribute names a parent domain: every host under it receives the cookie and can overwrite it.",
    remediation:
      "Leave out the Domain attribute; the cookie then belongs to this host only. The prefix __Host- makes browsers enforce it.",
    references: [`${MDN}#domaindomain-value`, OWASP],
    cwe: 1275,
  },
};
