import type { FindingInput } from "@picket/plugin-sdk";

export const TYPE = "crlf-injection";

export const CLAIM: Pick<
  FindingInput,
  "title" | "description" | "severity" | "remediation" | "references" | "cwe"
> = {
  title: "Header fields can be added to the answer",
  description:
    "A line break in the request is written into the header of the answer. Whoever has a visitor follow a link can set cookies, send them elsewhere, or put a page of their own into the answer.",
  severity: "medium",
  remediation:
    "Refuse control characters in whatever goes into a header, and encode addresses before they do.\nnginx: in return and rewrite use $request_uri, not $uri or $document_uri, which are decoded\nApache: avoid RewriteRule with [NE] and decoded parts\nExpress and current frameworks refuse line breaks in response.setHeader: do not write to the socket past it\nPHP: header() refuses them since 5.1.2.",
  references: [
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/15-Testing_for_HTTP_Splitting_Smuggling",
    "https://owasp.org/www-community/vulnerabilities/CRLF_Injection",
  ],
  cwe: 113,
};
