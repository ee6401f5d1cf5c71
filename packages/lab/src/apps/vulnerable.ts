import express, { type Express, type RequestHandler } from "express";
import type { Application } from "../application.ts";
import type { ExpectedFinding } from "../expectation.ts";
import { html } from "../html.ts";
import { createNoise } from "../noise.ts";
import { addShop } from "../shop/shop.ts";
import { LEAKS } from "./leaks.ts";

const JQUERY_PATH = "/static/jquery-1.12.4.min.js";
const JQUERY = `/*! jQuery v1.12.4 | (c) jQuery Foundation | jquery.org/license */
window.jQuery = window.$ = function (selector) { return document.querySelectorAll(selector); };
`;

const banners: RequestHandler = (_request, response, next) => {
  response.set({ Server: "Apache/2.4.54 (Debian)", "X-Powered-By": "PHP/7.4.33" });
  next();
};

/** Names no `Secure`, which its prefix demands: a browser throws it away. */
const visitCookie: RequestHandler = (request, response, next) => {
  if (request.path === "/") response.append("Set-Cookie", "__Host-visit=1; Path=/; HttpOnly; SameSite=Lax");
  next();
};

const anyOrigin: RequestHandler = (request, response, next) => {
  const { origin } = request.headers;
  if (origin !== undefined) {
    response.set({ "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true" });
  }
  next();
};

function addLeaks(app: Express): void {
  for (const { path, type, body } of LEAKS) {
    app.get(path, (_request, response) => response.type(type).send(body));
  }
  app.get(JQUERY_PATH, (_request, response) => response.type("js").send(JQUERY));
}

const MUST_FIND: readonly ExpectedFinding[] = [
  { type: "missing-csp", severity: "medium", where: "/" },
  { type: "missing-frame-protection", severity: "medium", where: "/" },
  { type: "missing-content-type-options", severity: "low", where: "/" },
  { type: "missing-referrer-policy", severity: "info", where: "/" },
  { type: "observatory-grade", severity: "info", where: "/" },
  { type: "cookie-missing-httponly", severity: "medium", where: "/login" },
  { type: "cookie-missing-secure", severity: "low", where: "/login" },
  { type: "cookie-missing-samesite", severity: "low", where: "/login" },
  { type: "cookie-missing-samesite", severity: "info", where: "/cart" },
  { type: "cookie-prefix-violation", severity: "low", where: "/" },
  { type: "cors-arbitrary-origin-with-credentials", severity: "high", where: "/api/products" },
  { type: "exposed-git-repository", severity: "high", where: "/.git/HEAD" },
  { type: "exposed-env-file", severity: "critical", where: "/.env" },
  { type: "exposed-backup-file", severity: "high", where: "/checkout.php.bak" },
  { type: "exposed-sql-dump", severity: "critical", where: "/backup.sql" },
  { type: "exposed-server-status", severity: "medium", where: "/server-status" },
  { type: "missing-csrf-token", severity: "low", where: "/contact" },
  { type: "vulnerable-library", severity: "medium", where: JQUERY_PATH },
  { type: "version-disclosure", severity: "low", where: "/api/products" },
  { type: "version-disclosure", severity: "low", where: "/api/products" },
  { type: "version-disclosure", severity: "low", where: "/" },
];

/** The shop with everything wrong that can be wrong on plain HTTP. */
export const vulnerable: Application = {
  description: "A small shop with missing headers, weak cookies, open CORS and forgotten files",
  expectation: {
    mustFind: MUST_FIND,
    mustNotFind: [
      { type: "missing-csp", where: "/api/products" },
      { type: "missing-frame-protection", where: "/api/products" },
      { type: "cors-arbitrary-origin-with-credentials", where: "/" },
    ],
    onlyTypes: [...new Set(MUST_FIND.map(({ type }) => type))],
  },
  create() {
    const app = express();
    app.disable("x-powered-by");
    app.use(banners, visitCookie);
    app.use("/api", anyOrigin);
    addLeaks(app);
    addShop(app, {
      noise: createNoise(1),
      head: () => html`<meta name="generator" content="WordPress 6.1.1">
<script src="${JQUERY_PATH}"></script>`,
      sessionCookie: { name: "PHPSESSID", options: { path: "/" } },
      basketCookie: { name: "basket", options: { path: "/" } },
    });
    return app;
  },
};
