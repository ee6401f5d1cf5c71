import type { RequestHandler } from "express";
import helmet from "helmet";

/** Answers are data, not documents: a browser that shows one may load and run nothing. */
export function securityHeaders(): RequestHandler[] {
  const policy = { "default-src": ["'none'"], "frame-ancestors": ["'none'"] };
  return [
    helmet({ contentSecurityPolicy: { useDefaults: false, directives: policy } }),
    (_request, response, next) => {
      response.set("Cache-Control", "no-store");
      next();
    },
  ];
}

/** For pages of our own origin: their scripts come from files, styles may be inline, nothing comes from elsewhere. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
