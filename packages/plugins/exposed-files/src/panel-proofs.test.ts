import { describe, expect, it } from "@jest/globals";
import { LINEAR_TIME_MS, processorTime } from "@picket/plugin-sdk/testing";
import { proveArchive, proveSqlite, proveSvnDatabase, proveVimSwap } from "./archive-proofs.ts";
import * as configs from "./config-proofs.ts";
import * as consoles from "./console-proofs.ts";
import type { Content, Prove } from "./proof.ts";
import { proveTrace } from "./proofs.ts";

function file(text: string): Content {
  return { bytes: new TextEncoder().encode(text), text, isHtml: false };
}

function page(title: string, body: string): Content {
  return {
    ...file(`<!doctype html><html><head><title>${title}</title></head><body>${body}</body></html>`),
    isHtml: true,
  };
}

const json = (value: unknown) => file(JSON.stringify(value));

function bytes(...parts: (string | number[])[]): Content {
  const all = Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part)] : part)),
  );
  return { bytes: all, text: new TextDecoder().decode(all), isHtml: false };
}

const ZIP = bytes(
  "PK\x03\x04",
  [20, 0, 0, 0, 8, 0],
  new Array(16).fill(0),
  [9, 0, 0, 0],
  "index.php",
  "<data>",
);
const GZIP = bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], new Array(20).fill(7));
const TAR = bytes(new Array(257).fill(0), "ustar\x0000");
const STUB_STATUS =
  "Active connections: 291 \nserver accepts handled requests\n 16630948 16630948 31070465 \nReading: 6 Writing: 179 Waiting: 106 \n";
const FPM =
  "pool:                 www\nprocess manager:      dynamic\nstart time:           22/Nov/2026:01:02:03 +0000\naccepted conn:        12\n";
const ACTUATOR = {
  _links: {
    self: { href: "http://a.test/actuator" },
    health: { href: "h" },
    heapdump: { href: "d" },
    env: { href: "e" },
  },
};
const AWS = `[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = ${"wJalrXUtnFEMI/K7MDEN".repeat(2)}\n`;
const PPROF = "<html><head><title>/debug/pprof/</title></head><body>Types of profiles available:<table>";
const LARAVEL = "[2026-01-02 03:04:05] production.ERROR: SQLSTATE[HY000] [2002] Connection refused";
const NGINX_TEXT =
  "<h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed and working.</p>";
const TOMCAT_TEXT = "<h2>If you're seeing this, you've successfully installed Tomcat. Congratulations!</h2>";

describe("proofs accept what products answer", () => {
  it.each<[string, Prove, Content, string]>([
    ["zip", proveArchive, ZIP, "magic bytes of zip"],
    ["gzip", proveArchive, GZIP, "magic bytes of gzip"],
    ["tar", proveArchive, TAR, "magic bytes of tar"],
    ["sqlite", proveSqlite, bytes("SQLite format 3\0", [16, 0]), "SQLite format 3"],
    [
      "wc.db",
      proveSvnDatabase,
      bytes("SQLite format 3\0", "CREATE TABLE WCROOT ("),
      "SQLite format 3: CREATE TABLE WCROOT",
    ],
    ["vim swap", proveVimSwap, bytes("b0VIM 9.0\0\0secret"), "b0VIM 9.0"],
    [
      ".svn/entries",
      configs.proveSvnEntries,
      file("10\n\ndir\n4711\nhttp://svn.test/x\n"),
      "10\n\ndir\n4711",
    ],
    [
      ".hg/requires",
      configs.proveHgRequires,
      file("dotencode\nfncache\nrevlogv1\nstore\n"),
      "dotencode\nfncache\nrevlogv1\nstore",
    ],
    ["AWS", configs.proveAwsCredentials, file(AWS), "aws_secret_access_key = …"],
    [
      "npm",
      configs.proveNpmrc,
      file("//npm.test/:_authToken=npm_0123456789abcdef0123456789\n"),
      "//…:_authToken=…",
    ],
    ["git", configs.proveGitCredentials, file("https://ana:secret@git.test\n"), "https://…:…@…"],
    [
      "sftp",
      configs.proveSftpSettings,
      json({ host: "h", username: "u", password: "p" }),
      "host, username, password=…",
    ],
    [
      "docker",
      configs.proveDockerLogin,
      json({ auths: { "r.test": { auth: "YW5hOnNlY3JldA==" } } }),
      "auths: auth=…",
    ],
    [
      "properties",
      configs.proveSpringProperties,
      file("spring.datasource.url=jdbc:x\nspring.datasource.password=s3\n"),
      "spring.…, password=…",
    ],
    [
      "yaml",
      configs.proveSpringYaml,
      file("spring:\n  datasource:\n    password: s3\n"),
      "spring: … password: …",
    ],
    [
      "database.yml",
      configs.proveDatabaseYaml,
      file("production:\n  adapter: mysql2\n  password: s3\n"),
      "adapter: …, password: …",
    ],
    [
      "appsettings",
      configs.proveAppSettings,
      json({ ConnectionStrings: { Main: "Server=x;Password=s3;" } }),
      "ConnectionStrings:Main=…",
    ],
    [
      "a trace in HTML",
      proveTrace,
      page(
        "Error",
        "<pre>URIError: Failed to decode param &#39;/%ff&#39;<br> &nbsp; &nbsp;at decodeURIComponent (&lt;anonymous&gt;)<br> &nbsp; &nbsp;at decode_param (/srv/app/node_modules/express/lib/router/layer.js:172:12)<br> &nbsp; &nbsp;at Layer.match (/srv/app/node_modules/express/lib/router/layer.js:123:27)</pre>",
      ),
      "at decode_param (/srv/app/node_modules/express/lib/router/layer.js:172:12)\nat Layer.match (/srv/app/node_modules/express/lib/router/layer.js:123:27)",
    ],
    [
      "package.json",
      configs.provePackages,
      json({ name: "shop", scripts: { start: "node ." }, dependencies: { express: "4.17.1" } }),
      "express 4.17.1",
    ],
    ["composer.json", configs.provePackages, json({ require: { php: ">=8.1" } }), "php >=8.1"],
    [
      "web.config",
      configs.proveWebConfig,
      file('<?xml version="1.0"?>\n<configuration><system.web></system.web>'),
      "<configuration> with <system.web>",
    ],
    [
      "web.xml",
      configs.proveWebXml,
      file('<web-app version="3.0"><servlet></servlet>'),
      "<web-app> with servlets",
    ],
    [
      "package-lock.json",
      configs.proveLockJson,
      json({ lockfileVersion: 3, packages: { "": {} } }),
      "lockfileVersion 3",
    ],
    [
      "composer.lock",
      configs.proveLockJson,
      json({ packages: [{ name: "monolog/monolog", version: "2.9.1" }] }),
      "monolog/monolog 2.9.1",
    ],
    [
      "yarn.lock",
      configs.proveYarnLock,
      file('# yarn lockfile v1\n\nx@^1:\n  version "1.0.0"\n'),
      "# yarn lockfile v1",
    ],
    ["requirements.txt", configs.proveRequirements, file("a==1.2\nb[c]>=3.4\n"), "a==1.2\nb[c]>=3.4"],
    [
      "Gemfile.lock",
      configs.proveGemfileLock,
      file("GEM\n  remote: https://x/\n  specs:\n    rails (6.1.4)\n"),
      "GEM with its specs",
    ],
    ["Dockerfile", configs.proveDockerfile, file("FROM node:20\nRUN npm ci\n"), "FROM … and its steps"],
    [
      "workspace of an IDE",
      configs.proveIdeWorkspace,
      file('<?xml version="1.0"?>\n<project version="4"><component name="X"/></project>'),
      "<project> with <component>",
    ],
    [
      "Terraform's state",
      configs.proveTerraformState,
      json({ terraform_version: "1.5.0", resources: [{ master_password: "k3ttle9" }] }),
      "Terraform 1.5.0, password=…",
    ],
    [
      "access.log",
      configs.proveLog,
      file('10.0.0.5 - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12'),
      '10.0.0.5 - - [22/Nov/2026:10:00:00 +0000] "GET',
    ],
    [
      "log of a library",
      configs.proveLog,
      file("2026-11-22 10:00:00,123 [main] DEBUG app: x"),
      "2026-11-22 10:00:00,123 [main] DEBUG",
    ],
    ["shell history", configs.proveShellHistory, file("cd /srv\nls\nmysql -u x\nexit\n"), "4 commands"],
    ["compose", configs.proveCompose, file("services:\n  web:\n    image: x\n"), "services: … image: …"],
    ["laravel.log", configs.proveLog, file(LARAVEL), "[2026-01-02 03:04:05] production.ERROR"],
    [
      "PHP log",
      configs.proveLog,
      file("[02-Jan-2026 03:04:05 UTC] PHP Warning:  x in /srv/x.php"),
      "[02-Jan-2026 03:04:05 UTC] PHP Warning",
    ],
    [
      "server-info",
      consoles.proveServerInfo,
      page(
        "Server Information",
        "<dt>Server Version: <tt>Apache/2.4.54 (Debian)</tt></dt> Module Name: core.c",
      ),
      "Server Version: Apache/2.4.54 (Debian)",
    ],
    [
      "stub_status",
      consoles.proveStubStatus,
      file(STUB_STATUS),
      STUB_STATUS.split("\n").slice(0, 3).join("\n").trim(),
    ],
    ["php-fpm", consoles.proveFpmStatus, file(FPM), "pool:                 www"],
    ["actuator", consoles.proveActuatorIndex, json(ACTUATOR), "_links: heapdump, env"],
    ["heapdump", consoles.proveActuatorHeapdump, json(ACTUATOR), "_links: heapdump"],
    [
      "jolokia",
      consoles.proveJolokia,
      json({ request: { type: "version" }, value: { agent: "1.7.1" }, status: 200 }),
      "Jolokia 1.7.1",
    ],
    [
      "werkzeug",
      consoles.proveWerkzeugConsole,
      page(
        "Console // Werkzeug Debugger",
        "<script>var CONSOLE_MODE = true, EVALEX = true, SECRET = 'x';</script>",
      ),
      "EVALEX = true",
    ],
    [
      "symfony",
      consoles.proveSymfonyProfiler,
      page("Symfony Profiler", "<h2>10 results found</h2>"),
      "Symfony Profiler",
    ],
    [
      "telescope",
      consoles.proveTelescope,
      page(
        "Telescope - Requests",
        '<div id="telescope"></div><script>window.Telescope = {"path":"telescope"};</script>',
      ),
      "window.Telescope =",
    ],
    [
      "horizon",
      consoles.proveHorizon,
      page("Horizon - Dashboard", '<div id="horizon"></div><script>window.Horizon = {};</script>'),
      "window.Horizon =",
    ],
    ["ignition", consoles.proveIgnition, json({ can_execute_commands: true }), "can_execute_commands: true"],
    [
      "rails",
      consoles.proveRailsRoutes,
      page("Routes", "<h1>Routes</h1><th>Helper</th><th>Controller#Action</th>"),
      "Routes: Helper, Controller#Action",
    ],
    [
      "elmah",
      consoles.proveElmah,
      page("Error log for shop on WEB1 (Page #1)", "<p>Powered by ELMAH, version 1.2</p>"),
      "Powered by ELMAH",
    ],
    [
      "trace.axd",
      consoles.proveAspTrace,
      page("", "<h1>Application Trace</h1><h3>Requests to this Application</h3>"),
      "Application Trace",
    ],
    ["pprof", consoles.provePprof, { ...file(PPROF), isHtml: true }, "/debug/pprof/"],
    ["expvar", consoles.proveExpvar, json({ cmdline: ["/app"], memstats: {} }), "cmdline, memstats"],
    ["metrics", consoles.proveMetrics, file("# HELP up x\n# TYPE up gauge\nup 1\n"), "# TYPE up gauge\nup"],
    [
      "elasticsearch",
      consoles.proveElasticsearch,
      json({ cluster_name: "c", status: "green", number_of_nodes: 3 }),
      "cluster with 3 nodes: green",
    ],
    ["solr", consoles.proveSolr, json({ lucene: { "solr-spec-version": "8.11.2" }, jvm: {} }), "Solr 8.11.2"],
    [
      "jenkins",
      consoles.proveJenkins,
      json({ _class: "hudson.model.Hudson", jobs: [{}] }),
      "hudson.model.Hudson with 1 jobs",
    ],
    [
      "phpMyAdmin",
      consoles.provePhpMyAdmin,
      page("phpMyAdmin", '<form><input name="pma_username"></form>'),
      "phpMyAdmin",
    ],
    [
      "adminer",
      consoles.proveAdminer,
      page("Login - Adminer", '<select name="auth[driver]"></select>'),
      "Login - Adminer",
    ],
    [
      "grafana",
      consoles.proveGrafana,
      page("Grafana", "<script>window.grafanaBootData = {}</script>"),
      "grafanaBootData",
    ],
    [
      "kibana",
      consoles.proveKibana,
      json({ name: "k", version: { number: "8.1.0" }, status: {} }),
      "Kibana 8.1.0",
    ],
    [
      "h2",
      consoles.proveH2Console,
      page("H2 Console", "<script>location.href = 'login.jsp?jsessionid=1';</script>"),
      "H2 Console",
    ],
    [
      "tomcat examples",
      consoles.proveTomcatExamples,
      page("Servlets Examples", "<h1>Servlet Examples with Code</h1>"),
      "Servlets Examples",
    ],
    ["nginx default", consoles.proveDefaultPage, page("Welcome to nginx!", NGINX_TEXT), "Welcome to nginx!"],
    [
      "Apache default",
      consoles.proveDefaultPage,
      page("Apache2 Debian Default Page: It works", "<div>It works!</div>"),
      "Apache2 Debian Default Page: It works",
    ],
    ["Apache's own default", consoles.proveDefaultPage, page("", "<h1>It works!</h1>"), "It works!"],
    [
      "OpenResty default",
      consoles.proveDefaultPage,
      page("Welcome to OpenResty!", "<p>the OpenResty web platform is successfully installed</p>"),
      "Welcome to OpenResty!",
    ],
    [
      "tomcat default",
      consoles.proveDefaultPage,
      page("Apache Tomcat/10.1.20", TOMCAT_TEXT),
      "Apache Tomcat/10.1.20",
    ],
  ])("%s", (_what, prove, real, snippet) => {
    expect(prove(real)?.snippet).toBe(snippet);
  });
});

/** A page that writes about everything above, escaped as documentation is. */
const ARTICLE = page(
  "How to secure phpMyAdmin, Adminer and the Werkzeug Debugger console",
  `<h1>Routes to safety</h1><pre>&lt;input name="pma_username"&gt; &lt;script&gt;EVALEX = true&lt;/script&gt;
window.Telescope = {} window.Horizon = {} grafanaBootData Powered by ELMAH Controller#Action
Types of profiles are available. ${STUB_STATUS} ${FPM} ${AWS} ${LARAVEL}
Server uptime: 1 day Server Version: Apache/2.4.54 Module Name: core.c nginx web server is successfully installed</pre>`,
);

describe("proofs refuse what only writes about it", () => {
  const pages = [...Object.entries(consoles), ...Object.entries(configs)].filter(
    (entry): entry is [string, Prove] => typeof entry[1] === "function",
  );

  it.each([...pages, ["proveArchive", proveArchive], ["proveSqlite", proveSqlite]] as [string, Prove][])(
    "%s: an article, a catch-all's page, JSON and nothing",
    (_name, prove) => {
      const others = [
        ARTICLE,
        page("Shop", "<h1>Shop</h1>"),
        json({ status: 404, error: "not found" }),
        file(""),
        json([]),
      ];
      expect(others.map(prove).filter((proof) => proof !== null)).toEqual([]);
    },
  );

  it.each<[string, Prove, Content]>([
    [
      "an application's own health",
      consoles.proveActuatorIndex,
      json({ _links: { self: { href: "/" }, health: {} } }),
    ],
    ["links of another API", consoles.proveActuatorIndex, json({ _links: { next: { href: "/2" } } })],
    ["a solution page that runs nothing", consoles.proveIgnition, json({ can_execute_commands: false })],
    [
      "a console switched off",
      consoles.proveWerkzeugConsole,
      page("Console // Werkzeug Debugger", "<script>EVALEX = false</script>"),
    ],
    ["metrics of nothing", consoles.proveMetrics, file("# TYPE up gauge\n")],
    ["a template of AWS", configs.proveAwsCredentials, file("[default]\naws_secret_access_key = YOUR_KEY\n")],
    ["a token from the environment", configs.proveNpmrc, file(`//npm.test/:_authToken=\${NPM_TOKEN}\n`)],
    [
      "a password from the environment",
      configs.proveSpringYaml,
      file(`spring:\n  password: \${DB_PASSWORD}\n`),
    ],
    [
      "a connection without password",
      configs.proveAppSettings,
      json({ ConnectionStrings: { Main: "Server=x;Trusted=1" } }),
    ],
    ["an error without its stack", proveTrace, page("Error", "<pre>Bad Request at /srv/app/x.js</pre>")],
    ["a list of no lock", configs.proveLockJson, json({ packages: [{ id: 1 }] })],
    ["words that look like a list", configs.proveRequirements, file("a==1.2\nb is better\n")],
    ["a text on images", configs.proveDockerfile, file("FROM here on\nwe go\n")],
    ["a drawing", configs.proveIdeWorkspace, file('<?xml version="1.0"?><svg><project version="4"/></svg>')],
    [
      "a state without a secret",
      configs.proveTerraformState,
      json({ terraform_version: "1.5.0", resources: [] }),
    ],
    ["a poem", configs.proveShellHistory, file("cat on a mat\nand so on\nls\nthe end\nof it\n")],
    ["a page that works", consoles.proveDefaultPage, page("", "<h1>It works! And how.</h1>")],
    ["a package without dependencies", configs.provePackages, json({ name: "shop", version: "1.0.0" })],
    ["dependencies of something else", configs.provePackages, json({ dependencies: { task: "done" } })],
    ["a list that is required", configs.provePackages, json({ name: "x", require: ["a"], dependencies: {} })],
    ["a file name without a zip", proveArchive, bytes("PK\x03\x04 and so on")],
    ["a database that is no working copy", proveSvnDatabase, bytes("SQLite format 3\0CREATE TABLE users")],
    ["a list of words", configs.proveHgRequires, file("store\nnot found\n")],
  ])("%s", (_what, prove, lookalike) => {
    expect(prove(lookalike)).toBeNull();
  });

  it("in time that grows with the length, on hostile text", async () => {
    const hostile = ["\n", " ", "a", "[", "spring:\n", "  password: ", "# TYPE a counter\n"].map((piece) =>
      file(piece.repeat(262_144 / piece.length)),
    );
    for (const text of hostile) {
      const proveAll = () => {
        for (const [, prove] of pages) prove(text);
      };
      expect(await processorTime(proveAll)).toBeLessThan(LINEAR_TIME_MS);
    }
  });
});
