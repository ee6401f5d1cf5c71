import { AppError } from "@picket/core";
import type { Request, RequestHandler, Response } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";

/**
 * Throws RATE_LIMITED, with Retry-After, beyond `limit` requests a minute. `clientOf` names whom to count; null: the
 * address, an IPv6 network of /56 as one. Counts are per process: behind n API processes a client may ask n times as often.
 */
export function limitPerMinute(
  limit: number,
  clientOf: (request: Request, response: Response) => string | null,
): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    keyGenerator: (request, response) => clientOf(request, response) ?? ipKeyGenerator(request.ip ?? ""),
    handler: (_request, _response, next) => next(tooMany(limit)),
    // Forwarded addresses are not believed, which is no mistake here.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
  });
}

function tooMany(limit: number): AppError {
  return new AppError("RATE_LIMITED", `more than ${limit} requests in a minute`, {
    hint: "Wait as long as Retry-After says.",
  });
}
