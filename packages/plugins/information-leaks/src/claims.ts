import type { Claim } from "@picket/plugin-sdk";

const WSTG =
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing";
const ERRORS = `${WSTG}/08-Testing_for_Error_Handling/01-Testing_For_Improper_Error_Handling`;
const REVIEW = `${WSTG}/01-Information_Gathering/05-Review_Web_Page_Content_for_Information_Leakage`;
const CONFIGURATION = `${WSTG}/02-Configuration_and_Deployment_Management_Testing/02-Test_Application_Platform_Configuration`;

const OWN_ERRORS = [
  "Show visitors an error page of your own with an id, and write the details to the log under that id.",
  "Express: NODE_ENV=production, and an error handler as the last app.use((error, request, response, next) => …)",
  "PHP: display_errors = Off, log_errors = On",
  "Spring Boot: server.error.include-stacktrace=never, server.error.include-message=never",
  'ASP.NET: <customErrors mode="RemoteOnly" defaultRedirect="~/error"/>; ASP.NET Core: app.UseExceptionHandler("/error")',
  "nginx in front of it: proxy_intercept_errors on; error_page 500 502 503 504 /error.html;",
].join("\n");

const NO_DEBUG = [
  "Switch the debug mode off where others can reach the application.",
  "Django: DEBUG = False, ALLOWED_HOSTS = […]; Starlette and FastAPI: debug=False",
  "Flask: run under gunicorn or uWSGI, never with app.run(debug=True) or FLASK_DEBUG=1",
  "Laravel: APP_DEBUG=false; Symfony: APP_ENV=prod, APP_DEBUG=0; CakePHP: debug false; Yii: YII_DEBUG false; CodeIgniter: CI_ENVIRONMENT=production",
  "Rails: config.consider_all_requests_local = false, web-console in the group development only",
  'ASP.NET: <compilation debug="false"/>, <customErrors mode="On"/>; ASP.NET Core: ASPNETCORE_ENVIRONMENT=Production',
].join("\n");

export const CLAIMS = {
  "debug-console": {
    type: "debug-console",
    title: "An error page lets visitors run code",
    description:
      "The page of a framework's debugger is served with its interactive console. Whoever gets past its PIN, where there is one, runs code as the application.",
    severity: "high",
    remediation: NO_DEBUG,
    references: ["https://werkzeug.palletsprojects.com/en/stable/debug/", CONFIGURATION],
    cwe: 489,
  },
  "debug-page": {
    type: "debug-page",
    title: "The application runs in debug mode",
    description:
      "Errors are answered by the framework's debug page, or each answer links to its profiler: with source code, settings, queries or headers of requests.",
    severity: "medium",
    remediation: NO_DEBUG,
    references: [ERRORS, CONFIGURATION],
    cwe: 489,
  },
  "stack-trace": {
    type: "stack-trace",
    title: "Errors are answered with a stack trace",
    description:
      "An answer shows the stack of a failed call: names of classes, files and libraries, which tell where to look for weaknesses.",
    severity: "low",
    remediation: OWN_ERRORS,
    references: [ERRORS],
    cwe: 209,
  },
  "php-error": {
    type: "php-error",
    title: "PHP shows its messages to visitors",
    description: "Pages carry PHP's warnings or errors, with the file and line that they come from.",
    severity: "low",
    remediation: OWN_ERRORS,
    references: ["https://www.php.net/manual/en/errorfunc.configuration.php#ini.display-errors", ERRORS],
    cwe: 209,
  },
  "script-error": {
    type: "script-error",
    title: "A program's own error message is shown",
    description:
      "An answer shows the message of a failed program as its language writes it, with the file and line or the number of the error.",
    severity: "low",
    remediation: `Perl: no CGI::Carp with fatalsToBrowser; classic ASP: <asp scriptErrorSentToBrowser="false"/>\n${OWN_ERRORS}`,
    references: [ERRORS],
    cwe: 209,
  },
  "sql-error": {
    type: "sql-error",
    title: "A database's error message is shown",
    description:
      "An answer shows the message of a database or of its driver. It tells the product and, where it quotes the query, what becomes of input in it.",
    severity: "low",
    remediation: `Use prepared statements, so that input cannot break a query.\n${OWN_ERRORS}`,
    references: [
      ERRORS,
      "https://cheatsheetseries.owasp.org/cheatsheets/SQL_Injection_Prevention_Cheat_Sheet.html",
    ],
    cwe: 209,
  },
  "source-code": {
    type: "source-code",
    title: "Source code of the server is sent instead of run",
    description: "An answer carries code that the server should have run, with whatever is written in it.",
    severity: "medium",
    remediation: [
      "Bind the file's ending to its interpreter, and refuse what has none.",
      "nginx: location ~ \\.php$ { include fastcgi_params; fastcgi_pass unix:/run/php/php-fpm.sock; }",
      'Apache: <FilesMatch "\\.php$"> SetHandler "proxy:unix:/run/php/php-fpm.sock|fcgi://localhost" </FilesMatch>',
    ].join("\n"),
    references: [CONFIGURATION],
    cwe: 540,
  },
  "directory-listing": {
    type: "directory-listing",
    title: "Folders without an index page list their files",
    description:
      "The server answers with a list of a folder's files. It leads to copies, exports and uploads that nothing links to.",
    severity: "low",
    remediation: [
      "nginx: autoindex off;",
      "Apache: Options -Indexes",
      'lighttpd: dir-listing.activate = "disable"',
      'Tomcat: <init-param><param-name>listings</param-name><param-value>false</param-value></init-param> of the servlet "default"',
      'IIS: <directoryBrowse enabled="false"/>',
      "S3 and the like: no s3:ListBucket for everybody (Block Public Access)",
      "Caddy: file_server without browse; Express: do not use serve-index; Python's http.server is not made for production",
    ].join("\n"),
    references: [CONFIGURATION],
    cwe: 548,
  },
  "internal-path": {
    type: "internal-path",
    title: "Paths of the server's file system are shown",
    description: "An answer names a file by its path on the server or on the machine that built it.",
    severity: "info",
    remediation:
      "Leave paths out of what is sent: comments and errors of templates, and the root of the build in bundles (webpack: output.devtoolModuleFilenameTemplate).",
    references: [REVIEW],
    cwe: 497,
  },
  "private-address": {
    type: "private-address",
    title: "An address of the internal network is shown",
    description:
      "An answer names a host by its private address (RFC 1918), which maps the network behind the site.",
    severity: "info",
    remediation: [
      "Use names that are valid outside, and drop headers that name the host behind the proxy.",
      "nginx: proxy_redirect http://10.0.0.5/ /; proxy_hide_header X-Backend;",
      "Apache: ProxyPassReverse / http://10.0.0.5/ and Header unset X-Backend",
    ].join("\n"),
    references: [REVIEW],
    cwe: 200,
  },
  "email-address": {
    type: "email-address",
    title: "E-mail addresses are shown",
    description: "Pages show addresses that can be collected for spam and for mails in somebody's name.",
    severity: "info",
    remediation: "Show roles instead of persons, or a form.",
    references: [REVIEW],
    cwe: 200,
  },
  "credentials-in-comment": {
    type: "credentials-in-comment",
    title: "A comment holds a user's password",
    description: "A comment in a page names a user and a password. Comments are sent to every visitor.",
    severity: "medium",
    remediation:
      "Change the password, and have comments removed when pages are built (for instance by html-minifier-terser).",
    references: [REVIEW],
    cwe: 615,
  },
  "source-map": {
    type: "source-map",
    title: "A source map gives the original source code",
    description:
      "A source map is served with the sources in it: names, comments and files of the client as they were written.",
    severity: "low",
    remediation: [
      "Build maps for your error tracker only, and do not deploy them.",
      'Vite: build.sourcemap: "hidden"; webpack: devtool: "hidden-source-map"',
      "nginx: location ~ \\.map$ { return 404; }",
      'Apache: <FilesMatch "\\.map$"> Require all denied </FilesMatch>',
    ].join("\n"),
    references: [REVIEW, "https://tc39.es/ecma426/"],
    cwe: 540,
  },
  "source-map-reference": {
    type: "source-map-reference",
    title: "Scripts name a source map",
    description: "A script or style names its source map. Whether it is there was not asked.",
    severity: "info",
    remediation:
      'If the map should not be public: Vite: build.sourcemap: "hidden"; webpack: devtool: "hidden-source-map".',
    references: [REVIEW, "https://tc39.es/ecma426/"],
    cwe: 540,
  },
} satisfies Record<string, Claim>;

export type ClaimId = keyof typeof CLAIMS;
