import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

const PAYLOADS = [
  "1' AND SLEEP(5)-- -",
  "1; WAITFOR DELAY '0:0:5'--",
  "$(sleep 5)",
  "../../etc/passwd shows root:x:0:0:root:/root:/bin/bash",
  "<script>alert(1)</script>",
  "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version",
  "DB_PASSWORD=example",
  "-- MySQL dump 10.13  Distrib 8.0.36",
  "-----BEGIN RSA PRIVATE KEY-----",
  "[core] repositoryformatversion = 0",
  "phpinfo() shows PHP Version 7.4.33",
];

/** Names with hashes of their content: no part of them is a version. */
const SCRIPTS = [
  "/static/payloads.5f1b3c2e.js",
  "/static/jquery.3b12048f.min.js",
  "/static/bootstrap-4e7a1190.js",
];

const SCRIPT = `// sleep(5): what a time-based probe sends.
export const payloads = ${JSON.stringify(PAYLOADS, null, 2)};
export function sleep(seconds) { return "sleep(" + seconds + ")"; }
`;

function page(title: string): string {
  const scripts = SCRIPTS.map((path) => html`<script src="${path}"></script>\n`);
  const items = PAYLOADS.map((payload) => html`<li><code>${payload}</code></li>\n`);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
${scripts}</head>
<body><h1>${title}</h1><ul>${items}</ul>
<a href="/">Home</a> <a href="/cheat-sheet?topic=sleep(5)">Cheat sheet</a> <a href="/lessons/time-based.html">Lesson</a></body></html>
`.text;
}

const PAGES: Readonly<Record<string, string>> = {
  "/": "Attacks explained",
  "/cheat-sheet": "What attacks look like",
  "/lessons/time-based.html": "Why an answer is late",
};

/** A site of files about attacks: the words are all there, and nothing is executed, whatever is sent. */
export const staticSleep: Application = {
  description: "Static pages and a script that write of attacks, «sleep(5)» among them; nothing is executed",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    return (request, response) => {
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      const title = PAGES[path];
      const isScript = SCRIPTS.includes(path);
      const type = isScript ? "text/javascript; charset=utf-8" : "text/html; charset=utf-8";
      response.writeHead(title || isScript ? 200 : 404, { ...SAFE_HEADERS, "content-type": type });
      response.end(isScript ? SCRIPT : page(title ?? "Not here"));
    };
  },
};
