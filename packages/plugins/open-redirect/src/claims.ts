import type { FindingInput } from "@picket/plugin-sdk";

export const TYPE = "open-redirect";

export const CLAIM: Pick<
  FindingInput,
  "title" | "description" | "severity" | "remediation" | "references" | "cwe"
> = {
  title: "Visitors are sent on to any address",
  description:
    "A parameter decides where the visitor is sent, and may name a foreign site. A link that begins with the target's own name leads wherever its author wants: to a copy of the login, or with tokens in the address to a thief.",
  severity: "medium",
  remediation:
    "Take a key instead of an address, or only a path of your own: resolve the value against your origin with a URL parser and compare origins; reject all else. A test for a leading slash is not enough (//, /\\, tabs).\nNode: new URL(value, ORIGIN).origin === ORIGIN\nDjango: url_has_allowed_host_and_scheme\nSpring: UriComponentsBuilder and a list of hosts\nnginx: never build return or rewrite targets from $arg_…",
  references: [
    "https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html",
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/11-Client-side_Testing/04-Testing_for_Client-side_URL_Redirect",
  ],
  cwe: 601,
};
