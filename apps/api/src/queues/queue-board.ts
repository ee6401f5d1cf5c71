import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { AppError } from "@picket/core";
import type { ScanQueue } from "@picket/queue";
import { type RequestHandler, Router } from "express";
import { browserToken } from "../auth/authenticate.ts";
import { hasRole } from "../auth/caller.ts";
import { callerOf, type Gate } from "../auth/gate.ts";
import { PAGE_POLICY } from "../http/security-headers.ts";

/** Where Bull Board is; it brings its own routes, which no table of ours lists. */
export const BOARD_PATH = "/queues";

/**
 * Bull Board for people: the browser asks for a name, which does not matter, and a password, which is the token.
 * Whoever is no admin gets a board that shows and changes nothing, and its changing requests are refused here.
 */
export function createQueueBoard(
  queue: ScanQueue,
  { gate, rateLimit }: { gate: Gate; rateLimit: RequestHandler },
): Router {
  const boards = { writable: boardRouter(queue, false), readOnly: boardRouter(queue, true) };
  const router = Router();
  router.use(askBrowser, gate("viewer", browserToken), rateLimit, guardChanges);
  router.use((request, response, next) => {
    const caller = callerOf(response);
    const board = caller && hasRole(caller, "admin") ? boards.writable : boards.readOnly;
    response.set("Content-Security-Policy", PAGE_POLICY);
    board(request, response, next);
  });
  return router;
}

function boardRouter(queue: ScanQueue, readOnlyMode: boolean): RequestHandler {
  const serverAdapter = new ExpressAdapter().setBasePath(BOARD_PATH);
  const queues = queue.queues().map((each) => new BullMQAdapter(each, { readOnlyMode }));
  createBullBoard({ queues, serverAdapter, options: { uiConfig: { boardTitle: "Picket queues" } } });
  return serverAdapter.getRouter();
}

const askBrowser: RequestHandler = (_request, response, next) => {
  response.set(
    "WWW-Authenticate",
    'Basic realm="picket: any name, and a token as password", charset="UTF-8"',
  );
  next();
};

/** A browser sends the password along with requests that other sites make, but then names them as their origin. */
const guardChanges: RequestHandler = (request, response, next) => {
  if (request.method === "GET" || request.method === "HEAD") return next();
  const caller = callerOf(response);
  if (!caller || !hasRole(caller, "admin")) {
    throw new AppError("FORBIDDEN", "changing queues needs the role admin");
  }
  const { origin } = request.headers;
  if (origin !== undefined && URL.parse(origin)?.host !== request.headers.host) {
    throw new AppError("FORBIDDEN", `${origin} may not change queues`);
  }
  next();
};
