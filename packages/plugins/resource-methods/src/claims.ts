import type { Claim } from "@picket/plugin-sdk";

export const FILE_WRITE = {
  type: "file-write-by-put",
  title: "Anybody can store files by PUT",
  description:
    "A file with a random name and content was stored here by a request without a login, and served as it was sent. Whoever sends requests can put pages under this address, overwrite what is there, and run code where the server takes files for programs.",
  severity: "high",
  remediation: `Take methods that write away from all that is meant to be read, also when they are named in a header such as X-HTTP-Method-Override, and ask for a login where they are needed.
nginx: no dav_methods here, or limit_except GET HEAD { deny all; }
Apache: Dav Off, and Require method GET POST HEAD; with WebDAV: Require valid-user
Tomcat: readonly=true for the DefaultServlet, which is its default
IIS: remove WebDAVModule and WebDAV, and deny the verb PUT in request filtering
Express: no methodOverride() without a list of methods and paths; app.put only behind a login
Object stores: no public write in the policy of the bucket`,
  references: [
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/02-Configuration_and_Deployment_Management_Testing/06-Test_HTTP_Methods",
    "https://www.rfc-editor.org/rfc/rfc9110#name-put",
    "https://www.rfc-editor.org/rfc/rfc4918#section-9.7",
  ],
  cwe: 650,
} as const satisfies Claim & { type: string };
