import { AppError, type Role } from "@picket/core";
import type { Database } from "@picket/db";
import type { Logger } from "@picket/logging";
import type { RequestHandler, Response } from "express";
import { limitPerMinute } from "../http/rate-limit.ts";
import { authenticate, bearerToken } from "./authenticate.ts";
import { type Caller, hasRole } from "./caller.ts";

/** Makes the handler that lets only tokens with at least this role pass. `readToken`: from the Authorization header. */
export type Gate = (role: Role, readToken?: (header: string | undefined) => string) => RequestHandler;

interface Services {
  database: Database;
  tokenPepper: string;
  logger: Logger;
}

/** Wrong tokens that one address may send in a minute before it is told 429 in place of 401. */
const BAD_TOKENS_PER_MINUTE = 20;

/** A valid token passes however many wrong ones came from the same address, which may be everybody's proxy. */
export function createGate(services: Services): Gate {
  const countBadToken = limitPerMinute(BAD_TOKENS_PER_MINUTE, () => null);
  return (role, readToken = bearerToken) =>
    async (request, response, next) => {
      const token = readToken(request.headers.authorization);
      try {
        response.locals.caller = await admit(services, token, role);
      } catch (error) {
        const code = error instanceof AppError ? error.code : "INTERNAL";
        services.logger.info("access refused", { code, address: request.ip, path: request.path });
        if (code !== "UNAUTHENTICATED") throw error;
        await countBadToken(request, response, (limited) => next(limited ?? error));
        return;
      }
      next();
    };
}

async function admit(services: Services, token: string, role: Role): Promise<Caller> {
  const caller = await authenticate(services, token);
  if (hasRole(caller, role)) return caller;
  throw new AppError("FORBIDDEN", `this needs the role ${role}; ${caller.actor} is ${caller.role}`, {
    hint: `Use a token with the role ${role}.`,
  });
}

/** Who passed the gate; null on a public route. */
export function callerOf(response: Response): Caller | null {
  return (response.locals.caller as Caller | undefined) ?? null;
}
