import type { Application } from "../application.ts";
import { type Html, html } from "../html.ts";
import { createNoise, type Noise } from "../noise.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { EXPOSED, ZIP } from "./exposed-things.ts";

const LINKS = ["/docs/hardening", "/shop/report.php", "/metrics", "/console", "/status"];

interface Answer {
  status?: number;
  type: string;
  body: string | Uint8Array;
}

function page(title: string, body: Html): Answer {
  const links = LINKS.map((href) => html`<a href="${href}">${href}</a> `);
  return {
    type: "text/html; charset=utf-8",
    body: html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${body}${links}</body></html>
`.text,
  };
}

/** All that gives an exposure away, written about. */
function documentation(): Answer {
  const examples = EXPOSED.map(({ path, body }) => html`<h2>${path}</h2><pre>${String(body)}</pre>`);
  return page("Hardening: phpMyAdmin, Werkzeug Debugger, Telescope", html`${examples}`);
}

const json = (value: unknown): Answer => ({ type: "application/json", body: JSON.stringify(value) });

/** Pages whose names a detector guesses, and which are what they ought to be. */
const PAGES: Record<string, () => Answer> = {
  "/": () => page("Depot", html`<p>Welcome.</p>`),
  "/docs/hardening": documentation,
  "/shop/report.php": () => page("Report", html`<p>Sales</p>`),
  "/metrics": () => page("Our metrics", html`<p># TYPE customers counter, customers 3</p>`),
  "/console": () => page("Console", html`<p>Game consoles from 99 euros. EVALEX = true</p>`),
  "/status": () => json({ status: "ok" }),
  "/actuator": () => json({ _links: { self: { href: "/actuator" }, health: { href: "/actuator/health" } } }),
  "/actuator/health": () => json({ status: "UP" }),
  "/phpmyadmin/": () => ({ ...page("phpMyAdmin", html`<p>From inside only.</p>`), status: 403 }),
  "/rails/info/routes": () => page("Routes", html`<p>Bus routes: Helper, Controller</p>`),
};

/** Whatever is asked for, in the form of what was asked for: only a control tells it apart. */
function catchAll(path: string, noise: Noise): Answer {
  if (/\.zip$/.test(path)) {
    const parts = ZIP.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([...part])));
    return { type: "application/zip", body: Buffer.concat(parts) };
  }
  if (path.includes("/.git/")) return { type: "text/plain", body: "ref: refs/heads/main\n" };
  if (/\/\.[^/]*$/.test(path)) return { type: "text/plain", body: `SESSION_SECRET=${noise.token(32)}\n` };
  if (/\.(?:log|bak|old|orig)$/.test(path))
    return { type: "text/plain", body: `<?php # [2026-01-02 03:04:05] production.ERROR: ${path}\n` };
  return page(`${path} is not here`, html`<p>You asked for ${path}. Reference ${noise.token(24)}</p>`);
}

/** Answers everything with 200, in the likeness of what leaks, and leaks nothing. */
export const exposuresSafe: Application = {
  description: "A site that answers every path with 200 and documents how things leak",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    const noise = createNoise(7);
    return (request, response) => {
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      const { status = 200, type, body } = PAGES[path]?.() ?? catchAll(path, noise);
      response.writeHead(status, { ...SAFE_HEADERS, "content-type": type });
      response.end(body);
    };
  },
};
