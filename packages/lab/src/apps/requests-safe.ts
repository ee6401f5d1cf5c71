import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { sendJson, sendPage, sendStatus, sendText, type Visit, visitOf } from "./request-pages.ts";

const ORIGIN = "https://office.camp.example";

/** An address of the site's own, whatever was asked for. */
function ownPath(text: string | null): string {
  const url = URL.parse(text ?? "/", ORIGIN);
  return url?.origin === ORIGIN ? url.pathname : "/";
}

const PAGES: Record<string, (visit: Visit) => void> = {
  "/": (visit) =>
    sendPage(visit, html`<p>You came as ${String(visit.request.headers["x-forwarded-host"])}</p>`),
  "/about": (visit) => sendPage(visit, html`<p>location = "https://attacker.example/"</p>`),
  "/go": (visit) => sendStatus(visit, 302, { location: ownPath(visit.query.get("next")) }),
  // Says where the link leads and waits for a click.
  "/leave": (visit) => {
    const asked = visit.query.get("url") ?? "/";
    const to = /^(?:https?:\/\/|\/)/.test(asked) ? asked : "/";
    sendPage(visit, html`<p>You are about to leave for <a href="${to}" rel="noreferrer">${to}</a></p>`);
  },
  "/jump": (visit) => {
    const to = JSON.stringify(visit.query.get("to") ?? "/").replaceAll("<", "\\u003c");
    visit.response.writeHead(200, { ...SAFE_HEADERS, "content-type": "text/html; charset=utf-8" });
    visit.response.end(`<!doctype html><title>Wait</title><script>
// location = ${to}
const asked = ${to}; const url = new URL(asked, document.baseURI);
if (url.origin === document.location.origin) window.location.href = url.pathname;</script>`);
  },
  "/lang": (visit) => {
    const language = encodeURIComponent(visit.query.get("l") ?? "");
    sendPage(visit, html`<pre>${visit.query.get("l") ?? ""}</pre>`, { "x-language": language });
  },
  "/old": (visit) => sendStatus(visit, 301, { location: `${ORIGIN}/about` }),
  "/password/reset": (visit) =>
    sendPage(visit, html`<form action="${ORIGIN}/password/reset/confirm"></form>`),
  "/shared/readme.txt": (visit) => sendText(visit, "What is shared.\n"),
  "/report": (visit) => {
    const year = visit.query.get("year") ?? "";
    if (/^\d{4}$/.test(year)) sendText(visit, `Nothing happened in ${year}.\n`);
    else sendText(visit, `RangeError: ${JSON.stringify(year)} is no year (error 5d1f).\n`, 400);
  },
  "/account": (visit) => sendPage(visit, html`<p>Hello Ana</p>`, { "cache-control": "private, no-store" }),
};

/** A schema that is not told, and no hint of it. */
function answerGraphql(visit: Visit): void {
  const isHello = `${visit.query.get("query")}`.includes("__typename");
  if (isHello) sendJson(visit, { data: { __typename: "Query" } });
  else sendJson(visit, { errors: [{ message: "introspection is disabled" }] });
}

/** Repeats the request as TRACE would, in a page of documentation. */
function refuseMethod(visit: Visit): void {
  const { method, url, headers } = visit.request;
  visit.response.writeHead(405, {
    ...SAFE_HEADERS,
    "content-type": "text/html; charset=utf-8",
    allow: "GET",
  });
  visit.response.end(html`<pre>TRACE ${method ?? ""} ${url ?? ""} ${JSON.stringify(headers)}</pre>`.text);
}

/** Takes hosts, addresses and names from nobody, and looks as if it did. */
export const requestsSafe: Application = {
  description: "The office that builds nothing from the request but what it has checked or encoded",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    return (request, response) => {
      const visit = visitOf(request, response);
      // The framework lists what it knows, for every path alike.
      if (request.method === "OPTIONS")
        return sendStatus(visit, 204, { allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS" });
      if (request.method === "TRACE") return refuseMethod(visit);
      if (visit.path === "/graphql") return answerGraphql(visit);
      // It thanks for everything and keeps nothing.
      if (request.method === "PUT") return sendStatus(visit, 201);
      // The page stays private under any name.
      if (visit.path.startsWith("/account/"))
        return sendPage(visit, html`<p>Hello Ana</p>`, { "cache-control": "private, no-store" });
      return (PAGES[visit.path] ?? ((other: Visit) => sendStatus(other, 404)))(visit);
    };
  },
};
