import type { IncomingMessage, ServerResponse } from "node:http";
import type { Application } from "../application.ts";
import { type Html, html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

/** The description of the API; `/api/hidden/{key}` is named nowhere else. */
const OPENAPI = `openapi: 3.0.3
info: {title: Maze, version: "1"}
paths:
  /api/tents/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}, example: 3}]
  /api/hidden/{key}:
    get:
      parameters:
        - {name: key, in: path, required: true, schema: {type: string}, example: lantern}
        - {name: unit, in: query, schema: {type: string, enum: [gram, ounce]}}
  /api/orders:
    post:
      requestBody:
        content: {application/json: {schema: {type: object, properties: {item: {type: string}, amount: {type: integer, minimum: 1}}}}}
`;

const SCRIPT = `const routes=[{path:"/app/trips/:trip",name:"trip"},{path:"/no-such-route"}];
function load(id){return fetch(\`/api/trips/\${id}?full=\${true}\`).then(r=>r.json())}
function save(t){return fetch("/api/trips",{method:"POST",headers:{"x":"y"},body:JSON.stringify({title:t.title,days:3})})}
$.post("/api/vote",{trip:7,stars:s});
// fetch("/api/commented-out")
import("./chunk-9f3a.js");
`;

const PAGES: Record<string, () => Html> = {
  "/": () => html`<a href="/calendar?year=2026&amp;month=11">Calendar</a> <a href="/shop">Shop</a> <a href="/deep/a/">Deep</a>
    <a href="/visit;jsessionid=start">Visit</a> <a href="/app">App</a> <a href="/contact">Contact</a> <a href="/wiki/start-of-it-all">Wiki</a>`,
  "/app": () => html`<div id="root"></div><script src="/static/app-7c1d.js"></script>`,
  "/contact":
    () => html`<form action="/find"><input name="words" required><select name="area"><option>north</option></select></form>
    <form action="/message" method="post"><input type="hidden" name="csrf_token" value="d41d8cd98f00b204e9800998ecf8427e">
    <input type="email" name="from"><textarea name="text"></textarea></form>`,
  "/found-by-find": () => html`<p>Only a search leads here.</p>`,
};

/** Every month leads to the next twelve, for ever. */
function calendar(query: URLSearchParams): Html {
  const month = Number(query.get("month"));
  const year = Number(query.get("year"));
  const links = Array.from({ length: 12 }, (_, ahead) => {
    const next = new URLSearchParams({
      year: String(year + Math.floor((month + ahead) / 12)),
      month: String(((month + ahead) % 12) + 1),
    });
    return html`<a href="/calendar?${next.toString()}">ahead</a> `;
  });
  return html`<h1>${year}-${month}</h1>${links}`;
}

const FACETS = ["colour", "size", "brand", "sort", "price", "rating", "page", "stock"];

/** Each facet can be added to those that are chosen: 256 pages that show the same. */
function shop(query: URLSearchParams): Html {
  const links = FACETS.filter((facet) => !query.has(facet)).map((facet) => {
    const more = new URLSearchParams(query);
    more.set(facet, "1");
    return html`<a href="/shop?${more.toString()}">${facet}</a>`;
  });
  return html`<h1>Shop</h1>${links}`;
}

function createPages(): (url: URL) => Html | null {
  let visits = 0;
  return ({ pathname, searchParams }) => {
    if (pathname === "/calendar") return calendar(searchParams);
    if (pathname === "/shop") return shop(searchParams);
    // A relative link that leads ever deeper.
    if (pathname.startsWith("/deep/")) return html`<a href="a/b/">deeper</a>`;
    if (pathname === "/find" && searchParams.get("words"))
      return html`<a href="/found-by-find">one result</a>`;
    if (pathname.startsWith("/visit;jsessionid=") || pathname === "/next;jsessionid=") {
      visits += 1;
      return html`<a href="/visit;jsessionid=${`s${visits}`}">again</a> <a href="/seen?sid=${visits}">seen</a>`;
    }
    if (pathname === "/seen") {
      visits += 1;
      return html`<a href="/seen?sid=${visits}">seen</a>`;
    }
    if (pathname.startsWith("/wiki/"))
      return html`<a href="/wiki/more-of-${"x".repeat(pathname.length % 50)}">more</a>`;
    return PAGES[pathname]?.() ?? null;
  };
}

const FILES: Record<string, { type: string; body: string }> = {
  "/openapi.yaml": { type: "application/yaml", body: OPENAPI },
  "/static/app-7c1d.js": { type: "text/javascript", body: SCRIPT },
  "/static/chunk-9f3a.js": { type: "text/javascript", body: 'export const more = "/api/from-chunk";' },
  "/api/from-chunk": {
    type: "application/json",
    body: '{"self":"/api/from-chunk","next":"/api/from-json?after=5"}',
  },
  "/api/from-json": { type: "application/json", body: '{"items":[]}' },
  "/api/trips/1": { type: "application/json", body: '{"title":"Ridge"}' },
  "/api/tents/3": { type: "application/json", body: '{"name":"Lodge"}' },
  "/api/hidden/lantern": { type: "application/json", body: '{"light":true}' },
};

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...SAFE_HEADERS, "content-type": type });
  response.end(body);
}

/** What a careful crawler gets through and a careless one never leaves. */
export const maze: Application = {
  description: "Traps for crawlers, and places that only scripts, forms and an API description name",
  expectation: {
    mustFind: [
      { type: "session-in-url", severity: "medium", where: "/visit" },
      { type: "openapi-document", severity: "info", where: "/openapi.yaml" },
    ],
    mustNotFind: [],
    onlyTypes: ["session-in-url", "openapi-document"],
  },
  create() {
    const pageAt = createPages();
    return (request: IncomingMessage, response: ServerResponse) => {
      const url = new URL(request.url ?? "/", "http://maze.test");
      const file = FILES[url.pathname];
      const page = pageAt(url);
      if (url.pathname === "/graphql")
        send(response, 400, "application/json", '{"errors":[{"message":"Must provide query string."}]}');
      else if (file) send(response, 200, file.type, file.body);
      else if (page)
        send(
          response,
          200,
          "text/html; charset=utf-8",
          `<!doctype html><html lang="en"><title>Maze</title>${page.text}</html>`,
        );
      // Links inside of the application are answered by its shell.
      else if (url.pathname.startsWith("/app/"))
        send(response, 200, "text/html; charset=utf-8", "<!doctype html><p>trip</p>");
      else send(response, 404, "text/html; charset=utf-8", "<!doctype html><p>Not found</p>");
    };
  },
};
