import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<
  FindingInput,
  "type" | "title" | "description" | "severity" | "remediation" | "references" | "cwe"
>;

const REFERENCES = [
  "https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html",
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/19-Testing_for_Server-Side_Request_Forgery",
];

const REMEDIATION = `Take a name and look its address up in a list of your own. Where an address must be taken:
- allow the schemes, hosts and ports that are needed, compared after parsing and not as text; follow no redirect, or check each one as the first
- resolve the name once, refuse every address that is not public (loopback, private, link-local such as 169.254.169.254, unique local), and connect to the address that was checked
Node: an undici Agent whose connect.lookup refuses such addresses, redirect: "error"
Python: resolve, check ipaddress.ip_address(a).is_global, connect to a; allow_redirects=False
Java: check every InetAddress.getAllByName(host) and connect to it; setInstanceFollowRedirects(false)
PHP: CURLOPT_PROTOCOLS_STR "https", CURLOPT_FOLLOWLOCATION false, CURLOPT_RESOLVE with the checked address
Send what goes out through a proxy (such as Smokescreen) or a network that reaches nothing inside. On AWS require IMDSv2.`;

/** The server reaches an address inside, or shows what it fetched. */
export const SSRF: Claim = {
  type: "ssrf",
  title: "The server asks for any address that a parameter names (server-side request forgery)",
  description:
    "What is sent in this parameter is an address that the server itself asks for. Whoever sends requests can reach what only the server reaches, such as services without a login, the cloud's metadata and machines behind the firewall.",
  severity: "high",
  remediation: REMEDIATION,
  references: REFERENCES,
  cwe: 918,
};

/** Where it was not shown that the server reaches more than the public network. */
export const SSRF_OUTSIDE: Claim = {
  ...SSRF,
  description: `${SSRF.description} It was seen to ask for an address outside; whether it refuses those inside was not shown, as neither its answers nor the listener's address tell. Where fetching foreign addresses is what it is for, check that it refuses what is inside, and accept the finding.`,
  severity: "medium",
};

export const NAME_LOOKUP: Claim = {
  type: "parameter-name-lookup",
  title: "A name that a parameter holds is looked up on the server's side",
  description:
    "The name that was sent in this parameter was looked up in the DNS, and nothing was asked of it. It may be the beginning of a request that a firewall keeps inside (server-side request forgery), or a mail check, a filter or a reader of logs that looks up every name.",
  severity: "low",
  remediation: REMEDIATION,
  references: REFERENCES,
  cwe: 918,
};
