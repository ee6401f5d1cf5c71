import type { Application } from "../application.ts";
import type { ExpectedFinding } from "../expectation.ts";
import { html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { EXPOSED } from "./exposed-things.ts";

const LINKS = ["/shop/report.php", "/shop/tents", "/about"];

const PAGE = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Depot</title></head>
<body>${LINKS.map((href) => html`<a href="${href}">${href}</a> `)}</body></html>
`.text;

const MUST_FIND: readonly ExpectedFinding[] = [
  { type: "exposed-svn-repository", severity: "high", where: "/.svn/wc.db" },
  { type: "exposed-hg-repository", severity: "high", where: "/.hg/requires" },
  { type: "exposed-credentials", severity: "critical", where: "/.aws/credentials" },
  { type: "exposed-archive", severity: "high", where: "/backup.zip" },
  { type: "exposed-database-file", severity: "critical", where: "/db.sqlite3" },
  { type: "exposed-log-file", severity: "medium", where: "/storage/logs/laravel.log" },
  { type: "exposed-config-file", severity: "medium", where: "/docker-compose.yml" },
  { type: "exposed-git-repository", severity: "high", where: "/shop/.git/HEAD" },
  { type: "exposed-backup-file", severity: "high", where: "/shop/.report.php.swp" },
  { type: "exposed-server-info", severity: "medium", where: "/server-info" },
  { type: "exposed-nginx-status", severity: "low", where: "/nginx_status" },
  { type: "exposed-actuator-heapdump", severity: "medium", where: "/actuator" },
  { type: "exposed-actuator-env", severity: "high", where: "/actuator/env" },
  { type: "exposed-metrics", severity: "low", where: "/metrics" },
  { type: "exposed-werkzeug-console", severity: "high", where: "/console" },
  { type: "exposed-laravel-dashboard", severity: "high", where: "/telescope/requests" },
  { type: "exposed-rails-routes", severity: "medium", where: "/rails/info/routes" },
  { type: "exposed-admin-panel", severity: "low", where: "/phpmyadmin/" },
  { type: "exposed-go-debug", severity: "medium", where: "/debug/pprof/" },
];

/** A server on which everything was left lying that can be. */
export const exposuresVulnerable: Application = {
  description: "Repositories, credentials, archives, consoles and status pages that anyone can read",
  expectation: { mustFind: MUST_FIND, mustNotFind: [] },
  create() {
    const exposed = new Map(EXPOSED.map((one) => [one.path, one]));
    return (request, response) => {
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      const file = exposed.get(path);
      const isPage = path === "/" || LINKS.includes(path);
      response.writeHead(file || isPage ? 200 : 404, {
        ...SAFE_HEADERS,
        "content-type": file?.type ?? "text/html; charset=utf-8",
      });
      response.end(file?.body ?? (isPage ? PAGE : "<!doctype html><title>Not found</title>"));
    };
  },
};
