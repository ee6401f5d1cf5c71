import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<FindingInput, "title" | "description" | "severity" | "remediation" | "references" | "cwe">;

const REFERENCES = [
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/17-Testing_for_Host_Header_Injection",
  "https://portswigger.net/web-security/host-header",
];

const OWN_NAME =
  'Build absolute addresses from a configured name, and refuse unknown ones.\nnginx: server { listen 443 default_server; return 444; } and proxy_set_header X-Forwarded-Host $server_name;\nApache: UseCanonicalName On, with a default virtual host that answers 403, and RequestHeader unset X-Forwarded-Host\nExpress: app.set("trust proxy", <addresses of your proxies>)\nDjango: ALLOWED_HOSTS, USE_X_FORWARDED_HOST = False\nLaravel and Symfony: trusted hosts and trusted proxies.';

const CACHED =
  " The answer allows caches to keep it: if one does not tell it apart by that header, all visitors get the foreign address.";
const WHERE = "The host that the request states is written into addresses of the answer";

export const CLAIMS = {
  "host-header-trusted": {
    title: "Addresses are built from the Host header",
    description: `${WHERE}, whatever it is. Mails with links, such as those that reset a password, are often built the same way: then they lead to whom an attacker names.`,
    severity: "low",
    remediation: OWN_NAME,
    references: REFERENCES,
    cwe: 644,
  },
  "forwarded-host-trusted": {
    title: "Addresses are built from a forwarding header that anyone can send",
    description: `${WHERE}: a header that only a proxy of yours should set is believed from every visitor. Mails with links are often built the same way.`,
    severity: "low",
    remediation: OWN_NAME,
    references: REFERENCES,
    cwe: 644,
  },
  "forwarded-host-in-cacheable-page": {
    title: "A forwarding header that anyone can send changes pages that caches keep",
    description: `${WHERE}.${CACHED}`,
    severity: "medium",
    remediation: `${OWN_NAME}\nCaches must have every header in their key that changes the answer.`,
    references: [...REFERENCES, "https://portswigger.net/research/practical-web-cache-poisoning"],
    cwe: 444,
  },
} satisfies Record<string, Claim>;

export type ClaimType = keyof typeof CLAIMS;
