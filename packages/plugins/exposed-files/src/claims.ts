import { type Claim, deny, NO_DOTFILES, ROTATE, WSTG_FILES } from "./claim.ts";
import { PANEL_CLAIMS } from "./panel-claims.ts";

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
  "exposed-backup-file": {
    title: "Copy of a program's source can be downloaded",
    description:
      "A copy of a file that the server runs lies beside it under a name that the server does not run, and is sent as text: its source can be read, with any secret in it.",
    severity: "high",
    remediation: `${ROTATE} ${deny(
      "location ~ (~|\\.(bak|old|orig|save|sw[op]))$ { return 404; }",
      'RedirectMatch 404 "(~|\\.(bak|old|orig|save|sw[op]))$"',
    )}`,
    references: [WSTG_FILES],
    cwe: 530,
  },
  "exposed-svn-repository": {
    title: "Subversion working copy can be downloaded",
    description:
      "The .svn folder lies in the web root. It lists every file and, since Subversion 1.7, holds the original of each: the source code can be put together again.",
    severity: "high",
    remediation: `Deploy by svn export. ${NO_DOTFILES}`,
    references: [WSTG_FILES],
    cwe: 527,
  },
  "exposed-hg-repository": {
    title: "Mercurial repository can be downloaded",
    description:
      "The .hg folder lies in the web root. From its files the source code can be put together again, with all its history.",
    severity: "high",
    remediation: `Deploy without the .hg folder. ${NO_DOTFILES}`,
    references: [WSTG_FILES],
    cwe: 527,
  },
  "exposed-credentials": {
    title: "File with credentials can be downloaded",
    description:
      "A file that a tool keeps its logins in, or an application its passwords, lies in the web root.",
    severity: "critical",
    remediation: `${ROTATE} ${NO_DOTFILES}`,
    references: [WSTG_FILES],
    cwe: 538,
  },
  "exposed-config-file": {
    title: "Configuration can be downloaded",
    description:
      "A file that configures the application or its server lies in the web root, with names and paths of its parts.",
    severity: "medium",
    remediation: `Keep it out of the web root. ${deny(
      "location ~* /(WEB-INF/|web\\.config|docker-compose\\.yml|Dockerfile|\\.idea/) { return 404; }",
      'RedirectMatch 404 "(?i)/(WEB-INF/|web\\.config|docker-compose\\.yml|Dockerfile|\\.idea/)"',
    )}`,
    references: [WSTG_FILES],
    cwe: 538,
  },
  "trace-of-malformed-path": {
    title: "A malformed path is answered with a stack trace",
    description:
      "A path that is no UTF-8 makes the framework report its error with the stack, which names folders and packages of the application. Other errors are likely reported alike.",
    severity: "low",
    remediation:
      'Run in production mode (Express: NODE_ENV=production), and end the chain with an error handler of your own: app.use((error, request, response, next) => response.status(error.status ?? 500).send("Something went wrong")).',
    references: ["https://owasp.org/www-community/Improper_Error_Handling", WSTG_FILES],
    cwe: 209,
  },
  "exposed-package-list": {
    title: "List of the application's packages can be downloaded",
    description:
      "The file that names the packages of the application lies in the web root, which then mostly is the folder of its source. With the versions, known weaknesses can be looked up.",
    severity: "low",
    remediation: `Serve a folder of its own, such as public, not that of the source. ${deny(
      "location ~ /((package|package-lock|composer)\\.json|(composer|yarn|Gemfile)\\.lock|requirements\\.txt)$ { return 404; }",
      'RedirectMatch 404 "/((package|package-lock|composer)\\.json|(composer|yarn|Gemfile)\\.lock|requirements\\.txt)$"',
    )} Express: express.static("public").`,
    references: [WSTG_FILES],
    cwe: 538,
  },
  "exposed-log-file": {
    title: "Log can be downloaded",
    description:
      "A log, or a shell's history, lies in the web root. It tells of paths, addresses and errors, and often of data of users.",
    severity: "medium",
    remediation: `Write logs outside of the web root. ${deny(
      "location ~* \\.log$ { return 404; }",
      'RedirectMatch 404 "(?i)\\.log$"',
    )}`,
    references: [WSTG_FILES],
    cwe: 532,
  },
  "exposed-archive": {
    title: "Archive of the site can be downloaded",
    description:
      "An archive whose name says that it is a copy of the site or of its data lies in the web root.",
    severity: "high",
    remediation: `${ROTATE} ${deny(
      "location ~* \\.(zip|tar|t?gz|7z|rar)$ { return 404; }",
      'RedirectMatch 404 "(?i)\\.(zip|tar|t?gz|7z|rar)$"',
    )}`,
    references: [WSTG_FILES],
    cwe: 530,
  },
  "exposed-database-file": {
    title: "Database can be downloaded",
    description: "The file of a SQLite database lies in the web root, with all its tables.",
    severity: "critical",
    remediation: `Treat the data in it as disclosed. ${ROTATE} ${deny(
      "location ~* \\.(sqlite3?|db)$ { return 404; }",
      'RedirectMatch 404 "(?i)\\.(sqlite3?|db)$"',
    )}`,
    references: [WSTG_FILES],
    cwe: 538,
  },
  ...PANEL_CLAIMS,
} satisfies Record<string, Claim>;

export type ClaimType = keyof typeof CLAIMS;
