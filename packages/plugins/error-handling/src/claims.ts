import type { Claim } from "@picket/plugin-sdk";

const REFERENCES = [
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/08-Testing_for_Error_Handling/01-Testing_For_Improper_Error_Handling",
  "https://cheatsheetseries.owasp.org/cheatsheets/Error_Handling_Cheat_Sheet.html",
];

const REMEDIATION = [
  "Answer errors with a text of your own and an id, and write the details to the log under that id. Answer what cannot be read (JSON, numbers, names) with status 400.",
  'Express: NODE_ENV=production, and as the last handler app.use((error, request, response, next) => response.status(error.status ?? 500).send("Something went wrong"))',
  "PHP: display_errors = Off, log_errors = On; Laravel: APP_DEBUG=false; Symfony: APP_ENV=prod",
  "Django: DEBUG = False; Flask: never app.run(debug=True) where others reach it",
  "Spring Boot: server.error.include-stacktrace=never, server.error.include-message=never",
  "Rails: config.consider_all_requests_local = false",
  'ASP.NET Core: app.UseExceptionHandler("/error"); ASP.NET: <customErrors mode="RemoteOnly"/>',
].join("\n");

export const VERBOSE_ERROR = {
  type: "verbose-error",
  title: "Malformed requests are answered with details of the application",
  description:
    "A request with broken JSON, or with values of another type than expected, brings an error that the application does not handle: its answer shows the stack of the failed call, a message of the language or database, or paths of files. They tell where to look for weaknesses.",
  severity: "low",
  remediation: REMEDIATION,
  references: REFERENCES,
  cwe: 209,
} as const satisfies Claim & { type: string };

export const PROVOKED_DEBUG_PAGE = {
  type: "provoked-debug-page",
  title: "Malformed requests are answered with a debug page",
  description:
    "A request with broken JSON, or with values of another type than expected, is answered by the framework's debug page, with source code, settings, or a console. The application runs in debug mode.",
  severity: "medium",
  remediation: REMEDIATION,
  references: REFERENCES,
  cwe: 489,
} as const satisfies Claim & { type: string };
