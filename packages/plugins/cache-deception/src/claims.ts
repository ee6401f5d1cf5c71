import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<FindingInput, "title" | "description" | "severity" | "remediation" | "references" | "cwe">;

const REFERENCES = [
  "https://owasp.org/Top10/2021/A01_2021-Broken_Access_Control/",
  "https://portswigger.net/web-security/web-cache-deception",
  "https://www.rfc-editor.org/rfc/rfc9111",
];

const REMEDIATION =
  "Answer 404 to what stands behind a page's own path, send Cache-Control: no-store, private with every page that is made for one person, and have caches go by that header and by the media type instead of by the extension in the path.\nnginx (cache): proxy_no_cache $http_authorization $cookie_session; no proxy_ignore_headers Cache-Control\nApache: AcceptPathInfo Off\nExpress: do not route page/* to the page\nCDN: switch on protection against cache deception, and off the caching by extension.";

export const CLAIMS = {
  "web-cache-deception": {
    title: "A private page was given out by a cache",
    description:
      "Asked for with the ending of a static file, the page of who is logged in was kept by a cache: the same address then gave it to somebody without a login. Whoever has a victim follow such a link can read the victim's page.",
    severity: "high",
    remediation: REMEDIATION,
    references: REFERENCES,
    cwe: 525,
  },
  "private-page-under-static-name": {
    title: "A private page may be kept by caches under a static name",
    description:
      "A page that forbids caches to keep it is also answered under its address with the ending of a static file, and there it allows them to. A cache before it would give one visitor's page to another; that one does was not shown.",
    severity: "low",
    remediation: REMEDIATION,
    references: REFERENCES,
    cwe: 525,
  },
} satisfies Record<string, Claim>;

export type ClaimType = keyof typeof CLAIMS;
