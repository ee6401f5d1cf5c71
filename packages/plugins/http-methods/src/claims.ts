import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<FindingInput, "title" | "description" | "severity" | "remediation" | "references" | "cwe">;

const WSTG =
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/02-Configuration_and_Deployment_Management_Testing/06-Test_HTTP_Methods";

export const CLAIMS = {
  "http-trace-enabled": {
    title: "TRACE is answered",
    description:
      "The server sends back what it was sent, with the headers that proxies on the way have added: addresses, tokens and cookies that scripts cannot read otherwise.",
    severity: "low",
    remediation:
      'Apache: TraceEnable off\nTomcat: allowTrace="false" on the connector\nIIS: deny the verb TRACE in request filtering\nnginx and Express do not answer it unless a program does.',
    references: [WSTG, "https://www.rfc-editor.org/rfc/rfc9110#name-trace"],
    cwe: 693,
  },
  "webdav-enabled": {
    title: "WebDAV is offered",
    description:
      "The server says that it takes WebDAV here, by which files are written, moved and deleted. Whether it asks for a login first was not tried.",
    severity: "low",
    remediation:
      "Switch it off where nobody needs it.\nApache: Dav Off, or a2dismod dav dav_fs\nnginx: remove dav_methods\nIIS: remove the WebDAV module\nElsewhere have it ask for a login for every method.",
    references: [WSTG, "https://www.rfc-editor.org/rfc/rfc4918"],
    cwe: 650,
  },
  "write-methods-offered": {
    title: "A page says that it takes PUT or DELETE",
    description:
      "The page's answer to OPTIONS lists methods that write, which a path that does not exist does not list. Whether they work was not tried.",
    severity: "info",
    remediation:
      "Answer 405 to methods that nothing uses.\nnginx: limit_except GET POST { deny all; }\nApache: <LimitExcept GET POST> Require all denied </LimitExcept>\nExpress: register the methods of a route one by one instead of app.all().",
    references: [WSTG],
    cwe: 650,
  },
} satisfies Record<string, Claim>;

export type ClaimType = keyof typeof CLAIMS;
