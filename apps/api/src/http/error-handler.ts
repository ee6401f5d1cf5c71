import { AppError, ERROR_POLICIES, uuidv7 } from "@picket/core";
import type { Logger } from "@picket/logging";
import type { ErrorRequestHandler, RequestHandler } from "express";
import { asAppError, problemOf } from "./problem.ts";

/** For whatever no route took. */
export const notFound: RequestHandler = (request) => {
  throw new AppError("NOT_FOUND", `there is nothing at ${request.path}`, {
    hint: "GET /openapi.json lists all routes.",
  });
};

/** Answers with a problem document, and logs the error under the same errorId. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (thrown, request, response, _next) => {
    const error = asAppError(thrown);
    const errorId = uuidv7();
    const { logLevel } = ERROR_POLICIES[error.code];
    logger[logLevel]("request failed", {
      errorId,
      code: error.code,
      method: request.method,
      path: request.path,
      error,
    });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const problem = problemOf(error, errorId);
    if (error.code === "UNAUTHENTICATED" && !response.hasHeader("WWW-Authenticate")) {
      response.set("WWW-Authenticate", 'Bearer realm="picket"');
    }
    response.status(problem.status).set("Content-Type", "application/problem+json");
    response.send(JSON.stringify(problem));
  };
}
