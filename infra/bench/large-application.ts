import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * An application of 300 pages, for what a scan costs: 200 with names of their own in 20 sections, 60 products by number and
 * 40 articles by name. One page in five takes a parameter of its own, each section has a form, and all share a script.
 */

const SECTIONS = Array.from({ length: 20 }, (_, index) => `section-${String.fromCharCode(97 + index)}`);
const TOPICS = [
  "start",
  "plans",
  "team",
  "press",
  "stores",
  "events",
  "guides",
  "careers",
  "awards",
  "history",
];
const PARAMETERS = ["sort", "view", "lang", "tab"];
export const LARGE_PAGES = 300;

const HEADERS = {
  "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

function sectionPaths(section: string, index: number): string[] {
  return TOPICS.map((topic, at) => {
    const parameter = PARAMETERS[(index + at) % PARAMETERS.length];
    return `/${section}/${topic}${at % 5 === 0 ? `?${parameter}=${topic}` : ""}`;
  });
}

const PATHS = [
  ...SECTIONS.flatMap(sectionPaths),
  ...Array.from({ length: 60 }, (_, index) => `/product/${index + 1}`),
  ...Array.from({ length: 40 }, (_, index) => `/article/how-to-pitch-a-tent-${index + 1}`),
];
const KNOWN = new Set(PATHS.map((path) => path.split("?")[0]));

const linkTo = (path: string) => `<li><a href="${path}">${path.split("?")[0]}</a></li>`;

function pageOf(path: string): string {
  const form = `<form action="/${path.split("/")[1]}/start"><input name="q"><button>Find</button></form>`;
  const links = path === "/" ? PATHS : PATHS.slice(PATHS.indexOf(path), PATHS.indexOf(path) + 5);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${path}</title><script src="/site.js"></script></head>
<body><h1>${path}</h1>${path === "/" ? "" : form}<ul>${links.map(linkTo).join("\n")}</ul></body></html>
`;
}

const pathOf = (asked: string) => asked.split(" ")[1]?.split("?")[0] ?? "";

const answer: RequestListener = (request, response) => {
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  if (path === "/site.js") {
    response
      .writeHead(200, { ...HEADERS, "content-type": "text/javascript" })
      .end("document.title += '.';\n");
    return;
  }
  const isKnown = path === "/" || KNOWN.has(path);
  response.writeHead(isKnown ? 200 : 404, { ...HEADERS, "content-type": "text/html; charset=utf-8" });
  response.end(isKnown ? pageOf(path) : "<!doctype html><title>Not here</title>");
};

export interface LargeApplication {
  /** Without a trailing slash. */
  url: string;
  /** What was asked so far: method and path with query. */
  asked: readonly string[];
  /** How many of its pages were asked for. */
  visited(): number;
  stop(): Promise<void>;
}

export async function startLargeApplication(): Promise<LargeApplication> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    visited: () => new Set(asked.map(pathOf).filter((path) => KNOWN.has(path))).size,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
