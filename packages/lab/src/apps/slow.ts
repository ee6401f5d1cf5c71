import type { ServerResponse } from "node:http";
import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { createNoise } from "../noise.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

const PAGES = 10;
const MAX_LATENCY_MS = 1_500;
const DRIP_INTERVAL_MS = 100;

function page(number: number): string {
  const links = Array.from({ length: PAGES }, (_, index) => html`<a href="/page/${index}">${index}</a> `);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Page ${number}</title></head>
<body>${links}<a href="/endless">The log</a></body></html>
`.text;
}

/** Sends a line ten times a second until the client has gone. */
function drip(response: ServerResponse): void {
  response.writeHead(200, { ...SAFE_HEADERS, "content-type": "text/plain" });
  const timer = setInterval(() => response.write("still here\n"), DRIP_INTERVAL_MS);
  response.on("close", () => clearInterval(timer));
}

/** Up to 1.5 s for each answer, and a page that never ends. */
export const slow: Application = {
  description: "A site that takes up to 1.5 s for each answer and has a page without an end",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    const noise = createNoise(4);
    return (request, response) => {
      if (request.url === "/endless") return drip(response);
      const match = /^\/(?:page\/(\d))?$/.exec(request.url ?? "");
      const timer = setTimeout(() => {
        const headers = { ...SAFE_HEADERS, "content-type": "text/html; charset=utf-8" };
        response.writeHead(match ? 200 : 404, headers).end(page(Number(match?.[1] ?? 0)));
      }, noise.next() * MAX_LATENCY_MS);
      response.on("close", () => clearTimeout(timer));
    };
  },
};
