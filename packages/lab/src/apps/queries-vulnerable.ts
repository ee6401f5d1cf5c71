import type { NextFunction, Request, Response } from "express";
import type { Application } from "../application.ts";
import type { ExpectedFinding } from "../expectation.ts";
import { queriesSite } from "../queries/queries-site.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

function findings(type: string, ...routes: string[]): ExpectedFinding[] {
  return routes.map((where) => ({ type, severity: "high", where }));
}

const MUST_FIND: readonly ExpectedFinding[] = [
  ...findings("ldap-injection", "/people", "/phone", "/colleagues", "/extension"),
  ...findings("xpath-injection", "/book", "/volume", "/writer", "/reader", "/reader"),
];

/** What the reader of the query says, for everybody to read. */
function showError(error: Error, _request: Request, response: Response, _next: NextFunction): void {
  response.status(500).set(SAFE_HEADERS).type("text").send(`LDAP or XPath: ${error.message}`);
}

/** Writes values into filters and expressions as they come. */
export const queriesVulnerable: Application = {
  description:
    "A directory and a library that write what they are sent into LDAP filters and XPath expressions",
  expectation: {
    mustFind: MUST_FIND,
    mustNotFind: [],
    onlyTypes: [...new Set(MUST_FIND.map(({ type }) => type))],
  },
  create: () =>
    queriesSite(
      {
        filterValue: (value) => value,
        xpathString: (value, quote) => quote + value + quote,
        xpathNumber: (value) => value,
      },
      (app) => void app.use(showError),
    ),
};
