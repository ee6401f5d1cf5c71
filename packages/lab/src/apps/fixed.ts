import type { ServerResponse } from "node:http";
import express, { type CookieOptions, type Express, type RequestHandler } from "express";
import helmet from "helmet";
import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { createNoise, type Noise } from "../noise.ts";
import { addShop } from "../shop/shop.ts";

const PARTNER_ORIGIN = "https://app.camp.example";
/** Browsers take a `Secure` cookie from loopback over plain HTTP too. */
const STRICT: CookieOptions = { path: "/", secure: true, httpOnly: true, sameSite: "lax" };

/** Helmet knows node's response only; Express adds `locals`. */
function nonceOf(response: ServerResponse & { locals?: { nonce?: string } }): string {
  return `'nonce-${response.locals?.nonce ?? ""}'`;
}

function addHeaders(app: Express, noise: Noise): void {
  app.use((_request, response, next) => {
    response.locals.nonce = noise.token(32);
    next();
  });
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          scriptSrc: ["'self'", (_request, response) => nonceOf(response)],
          objectSrc: ["'none'"],
          baseUri: ["'none'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
        },
      },
    }),
  );
}

const partnerOnly: RequestHandler = (request, response, next) => {
  response.vary("Origin");
  if (request.headers.origin === PARTNER_ORIGIN) {
    response.set({ "Access-Control-Allow-Origin": PARTNER_ORIGIN });
  }
  next();
};

/** The vulnerable shop after the repair: a scan of it must be silent. */
export const fixed: Application = {
  description: "The same shop with everything put right",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    const noise = createNoise(2);
    const app = express();
    app.disable("x-powered-by");
    addHeaders(app, noise);
    app.use("/api", partnerOnly);
    addShop(app, {
      noise,
      head: () => html``,
      sessionCookie: { name: "__Host-session", options: STRICT },
      basketCookie: { name: "__Host-basket", options: STRICT },
    });
    return app;
  },
};
