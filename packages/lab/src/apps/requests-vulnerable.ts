import type { Application } from "../application.ts";
import type { ExpectedFinding } from "../expectation.ts";
import { html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import {
  answerFolder,
  graphqlQuery,
  sendJson,
  sendPage,
  sendStatus,
  sendText,
  type Visit,
  visitOf,
} from "./request-pages.ts";

const SCHEMA = {
  queryType: { name: "Query" },
  types: ["Query", "String", "Staff", "__Schema"].map((name) => ({ name, kind: "OBJECT" })),
};

/** Writes to the socket what the framework would refuse: the value as it came, with its line breaks. */
function rememberLanguage({ response, query }: Visit): void {
  const safe = Object.entries(SAFE_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  response.socket?.end(
    `HTTP/1.1 200 OK\r\n${safe.join("")}X-Language: ${query.get("l")}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  );
}

/** Refuses what does not begin with a slash, and two of them: the gap of many a filter. */
function leave(visit: Visit): void {
  const to = visit.query.get("url") ?? "/";
  const isPath = to.startsWith("/") && !to.startsWith("//");
  if (isPath) sendStatus(visit, 302, { location: encoded(to) });
  else sendStatus(visit, 400);
}

async function answerGraphql(visit: Visit): Promise<void> {
  const query = await graphqlQuery(visit);
  sendJson(visit, { data: query.includes("__schema") ? { __schema: SCHEMA } : { __typename: "Query" } });
}

/** What frameworks do to an address before it goes into a header. */
function encoded(address: string): string {
  return address.replace(/[^\x20-\x7e]/g, encodeURIComponent);
}

const PAGES: Record<string, (visit: Visit) => void | Promise<void>> = {
  "/": (visit) => sendPage(visit, html`<p>Welcome</p>`),
  "/about": (visit) => sendPage(visit, html`<p>About</p>`),
  "/go": (visit) => sendStatus(visit, 302, { location: encoded(visit.query.get("next") ?? "/") }),
  "/leave": leave,
  "/jump": (visit) => {
    const to = JSON.stringify(visit.query.get("to") ?? "/").replaceAll("<", "\\u003c");
    visit.response.writeHead(200, { ...SAFE_HEADERS, "content-type": "text/html" });
    visit.response.end(`<!doctype html><title>Wait</title><script>window.location.href = ${to};</script>`);
  },
  "/lang": rememberLanguage,
  "/old": (visit) => sendStatus(visit, 301, { location: `http://${visit.request.headers.host}/about` }),
  "/password/reset": (visit) => {
    const host = visit.request.headers["x-forwarded-host"] ?? "office.camp.example";
    const address = `https://${host}/password/reset/confirm`;
    sendPage(visit, html`<form action="${address}" method="get"></form>`, {
      "cache-control": "public, max-age=60",
    });
  },
  "/report": (visit) => {
    const year = visit.query.get("year") ?? "";
    if (/^\d{4}$/.test(year)) sendText(visit, `Nothing happened in ${year}.\n`);
    else sendText(visit, new RangeError("Invalid time value").stack ?? "", 500);
  },
  "/account": (visit) => sendPage(visit, html`<p>Hello Ana</p>`, { "cache-control": "private, no-store" }),
  "/graphql": answerGraphql,
};

function answerOptions(visit: Visit): void {
  const isFile = visit.path === "/about";
  sendStatus(visit, 200, { allow: isFile ? "GET, HEAD, PUT, DELETE, OPTIONS" : "GET, HEAD, OPTIONS" });
}

function echo({ request, response }: Visit): void {
  const fields = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  response.writeHead(200, { ...SAFE_HEADERS, "content-type": "message/http" });
  response.end(`TRACE ${request.url} HTTP/1.1\r\n${fields.join("")}\r\n`);
}

const MUST_FIND: readonly ExpectedFinding[] = [
  { type: "open-redirect", severity: "medium", where: "/go" },
  { type: "open-redirect", severity: "medium", where: "/leave" },
  { type: "open-redirect", severity: "medium", where: "/jump" },
  { type: "crlf-injection", severity: "medium", where: "/lang" },
  { type: "host-header-trusted", severity: "low", where: "/old" },
  { type: "forwarded-host-in-cacheable-page", severity: "medium", where: "/password/reset" },
  { type: "private-page-under-static-name", severity: "low", where: "/account" },
  { type: "http-trace-enabled", severity: "low", where: "/" },
  { type: "write-methods-offered", severity: "info", where: "/about" },
  { type: "file-write-by-put", severity: "high", where: "/shared/" },
  { type: "graphql-introspection", severity: "low", where: "/graphql" },
  { type: "verbose-error", severity: "low", where: "/report" },
];

/** Believes whatever a request says: addresses, hosts, methods and names. */
export const requestsVulnerable: Application = {
  description:
    "Redirects, hosts, headers and methods that anyone can choose, and GraphQL that tells its schema",
  expectation: { mustFind: MUST_FIND, mustNotFind: [] },
  create() {
    const shared = new Map([["/shared/readme.txt", "What is shared.\n"]]);
    return (request, response) => {
      const visit = visitOf(request, response);
      if (request.method === "TRACE") return echo(visit);
      if (request.method === "OPTIONS") return answerOptions(visit);
      if (visit.path.startsWith("/shared/")) return void answerFolder(visit, shared);
      if (/^\/account\/.*\.(?:css|js)$/.test(visit.path))
        return sendPage(visit, html`<p>Hello Ana</p>`, { "cache-control": "public, max-age=3600" });
      return void (PAGES[visit.path] ?? ((other: Visit) => sendStatus(other, 404)))(visit);
    };
  },
};
