import type { NextFunction, Request, Response } from "express";
import type { Application } from "../application.ts";
import { documentsSite } from "../documents/documents-site.ts";
import type { ExpectedFinding } from "../expectation.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

const MUST_FIND: readonly ExpectedFinding[] = ["/goods", "/made", "/enter"].map((where) => ({
  type: "nosql-injection",
  severity: "high",
  where,
}));

function hideError(_error: Error, _request: Request, response: Response, _next: NextFunction): void {
  response.status(500).set(SAFE_HEADERS).type("text").send("Something went wrong.");
}

/** Takes objects as they come into its conditions, and texts into its code. */
export const documentsVulnerable: Application = {
  description: "A store whose queries take operators and JavaScript that visitors send",
  expectation: { mustFind: MUST_FIND, mustNotFind: [], onlyTypes: ["nosql-injection"] },
  create: () =>
    documentsSite(
      { value: (sent) => sent, madeBy: (sent) => ({ code: `one.maker == '${sent}'`, values: {} }) },
      [],
      (app) => void app.use(hideError),
    ),
};
