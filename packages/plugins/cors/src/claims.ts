import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<
  FindingInput,
  "type" | "title" | "description" | "severity" | "remediation" | "references" | "cwe"
>;

const REFERENCES = [
  "https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS",
  "https://cheatsheetseries.owasp.org/cheatsheets/HTML5_Security_Cheat_Sheet.html#cross-origin-resource-sharing",
];

const ALLOW_LIST =
  'Compare the Origin header with a list of whole origins, and send Access-Control-Allow-Origin only on a match, with Vary: Origin.\nExpress: app.use(cors({ origin: ["https://app.example.com"], credentials: true }))\nnginx: map $http_origin $cors { default ""; "https://app.example.com" $http_origin; } add_header Access-Control-Allow-Origin $cors always;\nApache: SetEnvIf Origin "^https://app\\.example\\.com$" CORS=$0 and Header set Access-Control-Allow-Origin %{CORS}e env=CORS';

/** How the target decides whom it trusts. */
export type Trust = "any-origin" | "null-origin" | "lookalike-origin";

const WHO: Record<Trust, { type: string; title: string; description: string }> = {
  "any-origin": {
    type: "cors-arbitrary-origin",
    title: "CORS allows every origin",
    description: "The response names whatever origin the request states as allowed.",
  },
  "null-origin": {
    type: "cors-null-origin",
    title: "CORS allows the origin null",
    description:
      "The response allows the origin null, which any page can take on by a sandboxed frame or a data: document.",
  },
  "lookalike-origin": {
    type: "cors-origin-match-bypass",
    title: "CORS compares only part of the origin",
    description:
      "The response refuses a foreign origin but allows one whose host merely starts or ends with the target's name, which anyone can register.",
  },
};

const WITH_CREDENTIALS = "Cookies are sent along: any page can read what the logged-in visitor may read.";
const WITHOUT_CREDENTIALS =
  "Cookies are not sent along, so that this matters for what is protected by network or address alone.";

function claim(trust: Trust, credentials: boolean): Claim {
  const { type, title, description } = WHO[trust];
  return {
    type: credentials ? `${type}-with-credentials` : type,
    title: credentials ? `${title}, with credentials` : title,
    description: `${description} ${credentials ? WITH_CREDENTIALS : WITHOUT_CREDENTIALS}`,
    severity: credentials ? "high" : "low",
    remediation: ALLOW_LIST,
    references: REFERENCES,
    cwe: 942,
  };
}

const WILDCARD: Claim = {
  type: "cors-wildcard-with-credentials",
  title: "CORS allows every origin and asks for credentials",
  description:
    "The response sends Access-Control-Allow-Origin: * with Access-Control-Allow-Credentials: true. Browsers refuse the combination; whoever repairs that by echoing the origin opens the site to every page.",
  severity: "low",
  remediation: `Drop Access-Control-Allow-Credentials if the data is public. Otherwise: ${ALLOW_LIST}`,
  references: REFERENCES,
  cwe: 942,
};

/** What is reported of a target that trusts too much; null for the wildcard that browsers refuse. */
export function claimOf(trust: Trust | null, credentials: boolean): Claim {
  return trust === null ? WILDCARD : claim(trust, credentials);
}

export const FINDING_TYPES: readonly string[] = [
  WILDCARD.type,
  ...(Object.keys(WHO) as Trust[]).flatMap((trust) => [claim(trust, true).type, claim(trust, false).type]),
];
