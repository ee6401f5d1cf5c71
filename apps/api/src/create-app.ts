import express, { type Express } from "express";
import type { ApiServices } from "./api-services.ts";
import { callerOf, createGate } from "./auth/gate.ts";
import { errorHandler, notFound } from "./http/error-handler.ts";
import { limitPerMinute } from "./http/rate-limit.ts";
import { registerRoutes } from "./http/register-routes.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { BOARD_PATH, createQueueBoard } from "./queues/queue-board.ts";
import { ROUTES } from "./routes.ts";

export interface AppLimits {
  /** Requests of one token, or of one address without a token. */
  rateLimitPerMinute: number;
  bodyLimitBytes: number;
}

/** The whole HTTP side, not yet listening. */
export function createApp(services: ApiServices, limits: AppLimits): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  const gate = createGate(services);
  const rateLimit = limitPerMinute(
    limits.rateLimitPerMinute,
    (_request, response) => callerOf(response)?.tokenId ?? null,
  );
  app.use(services.metrics.middleware, ...securityHeaders());
  app.use(BOARD_PATH, createQueueBoard(services.queue, { gate, rateLimit }));
  registerRoutes(app, ROUTES, {
    services,
    options: { gate, rateLimit, bodyLimitBytes: limits.bodyLimitBytes },
  });
  app.use(notFound, errorHandler(services.logger));
  return app;
}
