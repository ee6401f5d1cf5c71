import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<FindingInput, "title" | "description" | "severity" | "remediation" | "references" | "cwe">;

const WSTG_FILES =
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/02-Configuration_and_Deployment_Management_Testing/04-Review_Old_Backup_and_Unreferenced_Files_for_Sensitive_Information";

const deny = (nginx: string, apache: string) =>
  `Until then refuse it in the server.\nnginx: ${nginx}\nApache: ${apache}`;

const ROTATE = "Treat every secret in it as known: replace it, then remove the file from the web root.";
const NO_DOTFILES = deny(
  "location ~ /\\.(?!well-known/) { return 404; }",
  'RedirectMatch 404 "/\\.(?!well-known/)"',
);

export const CLAIMS = {
  "exposed-git-repository": {
    title: "Git repository can be downloaded",
    description:
      "The .git folder lies in the web root. From its files the source code can be put together again, with all its history and whatever secrets were ever committed.",
    severity: "high",
    remediation: `Deploy without the .git folder, and replace secrets that were ever committed. ${NO_DOTFILES}`,
    references: [WSTG_FILES],
    cwe: 527,
  },
  "exposed-env-file": {
    title: "Environment file with secrets can be downloaded",
    description: "A file of environment variables lies in the web root and sets keys that hold secrets.",
    severity: "critical",
    remediation: `${ROTATE} ${NO_DOTFILES}`,
    references: [WSTG_FILES, "https://12factor.net/config"],
    cwe: 538,
  },
  "exposed-ds-store": {
    title: "Folder listing of macOS can be downloaded",
    description: "A .DS_Store file names the files of its folder, also those that no page links to.",
    severity: "low",
    remediation: `Remove it and keep it out of deployments. ${NO_DOTFILES}`,
    references: [WSTG_FILES],
    cwe: 538,
  },
  "exposed-sql-dump": {
    title: "Database dump can be downloaded",
    description: "A dump of a database lies in the web root, with its tables and their rows.",
    severity: "critical",
    remediation: `Treat the data in it as disclosed. ${ROTATE} ${deny(
      "location ~* \\.sql$ { return 404; }",
      'RedirectMatch 404 "(?i)\\.sql$"',
    )}`,
    references: [WSTG_FILES],
    cwe: 538,
  },
  "exposed-private-key": {
    title: "Private key can be downloaded",
    description:
      "A private key lies in the web root. Whoever has it can pass for its owner or read what was encrypted for it.",
    severity: "critical",
    remediation: `Revoke the certificates and accesses that rely on it. ${ROTATE} ${deny(
      "location ~* (\\.(key|pem)|id_rsa)$ { return 404; }",
      'RedirectMatch 404 "(?i)(\\.(key|pem)|id_rsa)$"',
    )}`,
    references: [WSTG_FILES],
    cwe: 321,
  },
  "exposed-htpasswd": {
    title: "Password file of the web server can be downloaded",
    description: "The file lists users with hashes of their passwords, which can be guessed offline.",
    severity: "high",
    remediation: `Move the file out of the web root and have the passwords changed. ${NO_DOTFILES}`,
    references: [WSTG_FILES, "https://httpd.apache.org/docs/2.4/howto/auth.html"],
    cwe: 538,
  },
  "exposed-server-status": {
    title: "Apache status page is public",
    description:
      "The page of mod_status shows the server's version and load, and with ExtendedStatus the addresses and URLs of current requests.",
    severity: "medium",
    remediation:
      "Let it be read from inside only.\nApache: <Location /server-status> Require local </Location>, or disable mod_status.",
    references: ["https://httpd.apache.org/docs/2.4/mod/mod_status.html"],
    cwe: 497,
  },
  "exposed-phpinfo": {
    title: "phpinfo() is public",
    description:
      "The page shows PHP's version and configuration, paths, and environment variables, which may hold secrets.",
    severity: "medium",
    remediation: "Remove the file.",
    references: ["https://www.php.net/manual/en/function.phpinfo.php"],
    cwe: 497,
  },
  "exposed-actuator-env": {
    title: "Spring Boot environment is public",
    description:
      "The actuator endpoint env lists property sources with their keys, and values where they are not masked.",
    severity: "high",
    remediation:
      "Expose only what is needed: management.endpoints.web.exposure.include=health, and put the rest behind authentication or on a port of its own (management.server.port).",
    references: ["https://docs.spring.io/spring-boot/reference/actuator/endpoints.html"],
    cwe: 497,
  },
  "exposed-actuator-health": {
    title: "Spring Boot health shows the system's parts",
    description:
      "The actuator endpoint health lists databases, queues and other parts of the system to everyone.",
    severity: "low",
    remediation:
      "Set management.endpoint.health.show-details and show-components to never or when-authorized.",
    references: ["https://docs.spring.io/spring-boot/reference/actuator/endpoints.html"],
    cwe: 497,
  },
  "exposed-backup-file": {
    title: "Copy of a program's source can be downloaded",
    description:
      "A copy of a file that the server runs lies beside it under a name that the server does not run, and is sent as text: its source can be read, with any secret in it.",
    severity: "high",
    remediation: `${ROTATE} ${deny(
      "location ~ (~|\\.(bak|old))$ { return 404; }",
      'RedirectMatch 404 "(~|\\.(bak|old))$"',
    )}`,
    references: [WSTG_FILES],
    cwe: 530,
  },
} satisfies Record<string, Claim>;

export type ClaimType = keyof typeof CLAIMS;
