import type { Express, Request } from "express";
import { html } from "../html.ts";
import { CATEGORIES, PAGES, POSTS, PRODUCTS } from "./catalog.ts";

const STYLE = `body { font-family: sans-serif; margin: 2rem auto; max-width: 50rem; }
nav a, footer a { margin-right: 1rem; }
`;

const SCRIPT = `"use strict";
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", () => form.querySelector("button").setAttribute("disabled", ""));
}
`;

const ROBOTS = `User-agent: *
Disallow: /admin
Disallow: /*?sort=
Allow: /products

Sitemap: /sitemap.xml
`;

const picture = (label: string) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 80">
<rect width="120" height="80" fill="#dfe7d8"/><text x="60" y="45" text-anchor="middle">${label}</text></svg>
`;

/** Includes `/old-shop`, to which no page links. */
function sitemap(request: Request): string {
  const paths = [
    "/",
    "/old-shop",
    ...CATEGORIES.map((name) => `/category/${name}`),
    ...PRODUCTS.map(({ id }) => `/product/${id}`),
    ...POSTS.map(({ slug }) => `/blog/${slug}`),
    ...PAGES.map(({ slug }) => `/${slug}`),
  ];
  const origin = `${request.protocol}://${request.headers.host}`;
  const entries = paths.map((path) => html`<url><loc>${origin}${path}</loc></url>\n`);
  return html`<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${entries}</urlset>
`.text;
}

/** Style, script, pictures, robots.txt and sitemap.xml. */
export function addAssetRoutes(app: Express): void {
  app.get("/static/shop.css", (_request, response) => response.type("css").send(STYLE));
  app.get("/static/shop.js", (_request, response) => response.type("js").send(SCRIPT));
  app.get("/static/img/logo.svg", (_request, response) => response.type("svg").send(picture("kettle")));
  for (const { id } of PRODUCTS) {
    app.get(`/static/img/product-${id}.svg`, (_request, response) =>
      response.type("svg").send(picture(`no. ${id}`)),
    );
  }
  app.get("/robots.txt", (_request, response) => response.type("text/plain").send(ROBOTS));
  app.get("/sitemap.xml", (request, response) => response.type("application/xml").send(sitemap(request)));
}
