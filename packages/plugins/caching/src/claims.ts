import type { Claim } from "@picket/plugin-sdk";

const REMEDIATION = [
  "Say that the answer is for one visitor and not to be kept; leave public and s-maxage to what is the same for all.",
  'nginx: proxy_no_cache $http_authorization $cookie_session; add_header Cache-Control "no-store" always; in the location of private pages',
  'Apache: Header always set Cache-Control "no-store" in the <Location> of private pages',
  'Express: response.set("Cache-Control", "no-store")',
  "Spring Security and Rails send no-store or private for logged-in visitors unless told otherwise.",
].join("\n");
const REFERENCES = [
  "https://www.rfc-editor.org/rfc/rfc9111#section-3",
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/04-Authentication_Testing/06-Testing_for_Browser_Cache_Weaknesses",
];

export const CLAIMS = {
  "cacheable-session-cookie": {
    type: "cacheable-session-cookie",
    title: "An answer that starts a session may be kept by shared caches",
    description:
      "The answer sets a session's cookie and lets shared caches keep it. A cache that does hands the same session to the next visitor.",
    severity: "medium",
    remediation: REMEDIATION,
    references: REFERENCES,
    cwe: 525,
  },
  "cacheable-private-page": {
    type: "cacheable-private-page",
    title: "A page behind a login may be kept by shared caches",
    description:
      "The page is refused without a login, and its headers let shared caches keep what a logged-in visitor got. A cache that does shows it to others.",
    severity: "medium",
    remediation: REMEDIATION,
    references: REFERENCES,
    cwe: 525,
  },
} satisfies Record<string, Claim>;

export type ClaimId = keyof typeof CLAIMS;
