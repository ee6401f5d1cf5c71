import express, { type Express, type Response } from "express";
import { type Html, html } from "../html.ts";
import type { Noise } from "../noise.ts";
import { addAccountRoutes } from "./account-routes.ts";
import { addApiRoutes } from "./api-routes.ts";
import { addAssetRoutes } from "./asset-routes.ts";
import { addCatalogRoutes } from "./catalog-routes.ts";
import { renderPage } from "./layout.ts";
import type { CookieStyle } from "./sessions.ts";

/** In what the vulnerable shop and its repaired twin differ, besides what is mounted before the shop. */
export interface ShopOptions {
  noise: Noise;
  /** What every page's head carries beside the shop's own, given the page's CSP nonce. */
  head(nonce: string): Html;
  sessionCookie: CookieStyle;
  basketCookie: CookieStyle;
}

export interface ShopContext extends ShopOptions {
  send(response: Response, page: { title: string; body: Html; status?: number }): void;
}

/** Camp & Kettle, a small outdoor shop. The caller mounts what comes before it: headers, banners, leaks. */
export function addShop(app: Express, options: ShopOptions): void {
  const context: ShopContext = {
    ...options,
    send(response, { title, body, status = 200 }) {
      const nonce = String(response.locals.nonce ?? "");
      response.status(status).type("html").send(renderPage(options, { title, body, nonce }));
    },
  };
  app.use(express.urlencoded({ extended: false }));
  addCatalogRoutes(app, context);
  addAccountRoutes(app, context);
  addApiRoutes(app);
  addAssetRoutes(app);
  app.use((_request, response) => {
    context.send(response, { title: "Not found", body: html`<p>There is no such page.</p>`, status: 404 });
  });
}
