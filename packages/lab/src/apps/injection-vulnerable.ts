import { runInNewContext } from "node:vm";
import type { NextFunction, Request, Response } from "express";
import type { Application } from "../application.ts";
import type { ExpectedFinding } from "../expectation.ts";
import { Html } from "../html.ts";
import { injectionSite } from "../injection/injection-site.ts";
import { concatenated } from "../injection/statements.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

const MUST_FIND: readonly ExpectedFinding[] = [
  ...["/item", "/items", "/search", "/quiet", "/login", "/login"].map((where) => ({
    type: "sql-injection",
    severity: "critical" as const,
    where,
  })),
  ...["/greet", "/edit", "/page", "/out", "/label"].map((where) => ({
    type: "xss-reflected",
    severity: "high" as const,
    where,
  })),
  { type: "html-injection", severity: "low", where: "/strictly" },
  { type: "weak-csp", severity: "medium", where: "/greet" },
  { type: "observatory-grade", severity: "info", where: "/" },
  { type: "template-injection", severity: "critical", where: "/hello" },
  { type: "path-traversal", severity: "high", where: "/text" },
  { type: "xss-stored", severity: "high", where: "/guestbook/sign" },
];

/** What the database says, for everybody to read. */
function showError(error: Error, _request: Request, response: Response, _next: NextFunction): void {
  response.status(500).set(SAFE_HEADERS).type("text").send(`Error: ${error.message}`);
}

/** Works out what stands between the signs: numbers only, since this runs on somebody's machine. */
function greeting(name: string): string {
  const template = `Hello ${name}`;
  return template.replace(/<%=([\d\s*+().-]{1,60})%>/g, (_, sum: string) => String(runInNewContext(sum)));
}

/** Lets a script run wherever it stands. */
const LAX_POLICY =
  "default-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const raw = (value: string) => new Html(value);

/** Writes values into statements and pages as they come. */
export const injectionVulnerable: Application = {
  description: "A shop with a real database that writes what it is sent into its statements and pages",
  expectation: {
    mustFind: MUST_FIND,
    mustNotFind: [],
    onlyTypes: [...new Set(MUST_FIND.map(({ type }) => type))],
  },
  create: () =>
    injectionSite(
      {
        statements: concatenated,
        markup: raw,
        scriptString: raw,
        address: raw,
        greeting,
        fileName: (value) => value,
        policy: LAX_POLICY,
      },
      (app) => void app.use(showError),
    ),
};
