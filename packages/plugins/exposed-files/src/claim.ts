import type { FindingInput } from "@picket/plugin-sdk";

export type Claim = Pick<
  FindingInput,
  "title" | "description" | "severity" | "remediation" | "references" | "cwe"
>;

export const WSTG_FILES =
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/02-Configuration_and_Deployment_Management_Testing/04-Review_Old_Backup_and_Unreferenced_Files_for_Sensitive_Information";

export const deny = (nginx: string, apache: string) =>
  `Until then refuse it in the server.\nnginx: ${nginx}\nApache: ${apache}`;

export const ROTATE =
  "Treat every secret in it as known: replace it, then remove the file from the web root.";
export const NO_DOTFILES = deny(
  "location ~ /\\.(?!well-known/) { return 404; }",
  'RedirectMatch 404 "/\\.(?!well-known/)"',
);
