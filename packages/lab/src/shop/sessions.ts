import type { CookieOptions, Request, Response } from "express";
import type { Noise } from "../noise.ts";

/** A cookie's name and attributes as the application sets it. */
export interface CookieStyle {
  name: string;
  options: CookieOptions;
}

/** The one account of the shop. */
export const DEMO_USER = { email: "demo@camp.example", password: "kettle" };

interface Session {
  email: string | null;
}

/** Value of a cookie of the request, or undefined. */
function cookieValue(request: Request, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? "").split("; ").map((pair) => pair.split("="));
  return pairs.find(([key]) => key === name)?.[1];
}

/** Sessions in memory, known by the id in the session cookie. */
export function createSessions(style: CookieStyle, noise: Noise) {
  const sessions = new Map<string, Session>();

  /** The request's session; a fresh one, with its cookie, when it has none. */
  function open(request: Request, response: Response): Session {
    const known = sessions.get(cookieValue(request, style.name) ?? "");
    return known ?? renew(response, null);
  }

  /** A new id, so that one from before the login is worth nothing after it. */
  function renew(response: Response, email: string | null): Session {
    const id = noise.token(26);
    const session: Session = { email };
    sessions.set(id, session);
    response.cookie(style.name, id, style.options);
    return session;
  }

  /** Who is logged in; null without a session or before the login. */
  function user(request: Request): string | null {
    return sessions.get(cookieValue(request, style.name) ?? "")?.email ?? null;
  }

  function end(request: Request, response: Response): void {
    sessions.delete(cookieValue(request, style.name) ?? "");
    response.clearCookie(style.name, style.options);
  }

  return { open, renew, user, end };
}
