/** What a path answers with status 200. All secrets in it are made up. */
export interface Exposed {
  readonly path: string;
  readonly type: string;
  readonly body: string | Uint8Array;
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><title>${title}</title></head><body>${body}</body></html>\n`;
}

const plain = (path: string, body: string): Exposed => ({ path, type: "text/plain", body });
const html = (path: string, title: string, body: string): Exposed => ({
  path,
  type: "text/html; charset=utf-8",
  body: page(title, body),
});
const json = (path: string, value: unknown): Exposed => ({
  path,
  type: "application/json",
  body: JSON.stringify(value),
});
const binary = (path: string, ...parts: (string | number[])[]): Exposed => ({
  path,
  type: "application/octet-stream",
  body: Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))),
  ),
});

export const ZIP = [
  "PK\x03\x04",
  [20, 0, 0, 0, 8, 0],
  new Array<number>(16).fill(0),
  [9, 0, 0, 0],
  "index.php",
  "<?php",
] as const;

const AWS = `[default]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = ${"notarealsecretkey000".repeat(2)}
`;

const STUB_STATUS = `Active connections: 291 
server accepts handled requests
 16630948 16630948 31070465 
Reading: 6 Writing: 179 Waiting: 106 
`;

const WERKZEUG = `<div class="debugger"><h1>Interactive Console</h1></div>
<script>var CONSOLE_MODE = true, EVALEX = true, EVALEX_TRUSTED = false, SECRET = "nOtReAl";</script>`;

const ACTUATOR = {
  _links: {
    self: { href: "/actuator", templated: false },
    health: { href: "/actuator/health", templated: false },
    env: { href: "/actuator/env", templated: false },
    heapdump: { href: "/actuator/heapdump", templated: false },
  },
};

/** Files and panels as products write and answer them. */
export const EXPOSED: readonly Exposed[] = [
  binary("/.svn/wc.db", "SQLite format 3\0", [16, 0, 1, 1], "CREATE TABLE WCROOT (id INTEGER)"),
  plain("/.hg/requires", "dotencode\nfncache\ngeneraldelta\nrevlogv1\nstore\n"),
  plain("/.aws/credentials", AWS),
  binary("/backup.zip", ZIP[0], [...ZIP[1]], [...ZIP[2]], [...ZIP[3]], ZIP[4], ZIP[5]),
  binary("/db.sqlite3", "SQLite format 3\0", [16, 0, 1, 1], "CREATE TABLE users (id)"),
  plain("/storage/logs/laravel.log", "[2026-01-02 03:04:05] production.ERROR: Connection refused\n"),
  plain("/docker-compose.yml", "services:\n  web:\n    image: shop\n"),
  plain("/shop/.git/HEAD", "ref: refs/heads/main\n"),
  binary("/shop/.report.php.swp", "b0VIM 9.0\0", [0, 0, 0, 16]),
  html(
    "/server-info",
    "Server Information",
    "<dt>Server Version: <tt>Apache/2.4.54 (Debian)</tt></dt><dt>Module Name: <a>core.c</a></dt>",
  ),
  plain("/nginx_status", STUB_STATUS),
  json("/actuator", ACTUATOR),
  json("/actuator/env", {
    activeProfiles: ["prod"],
    propertySources: [{ name: "systemProperties", properties: {} }],
  }),
  plain(
    "/metrics",
    "# HELP http_requests_total x\n# TYPE http_requests_total counter\nhttp_requests_total 3\n",
  ),
  html("/console", "Console // Werkzeug Debugger", WERKZEUG),
  html(
    "/telescope/requests",
    "Telescope - Requests",
    '<div id="telescope"></div><script>window.Telescope = {"path":"telescope"};</script>',
  ),
  html(
    "/rails/info/routes",
    "Routes",
    "<h1>Routes</h1><table><tr><th>Helper</th><th>Controller#Action</th></tr></table>",
  ),
  html(
    "/phpmyadmin/",
    "phpMyAdmin",
    '<form method="post"><input name="pma_username"><input name="pma_password" type="password"></form>',
  ),
  html("/debug/pprof/", "/debug/pprof/", "Types of profiles available:<table></table>"),
];
