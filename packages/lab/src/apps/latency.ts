import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { createNoise } from "../noise.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

const PAGES = 6;
/** Most answers are quick; one in eight waits, whatever was sent: as long as a probe may have asked for. */
const QUICK_MS = 30;
const SLOW_MS = 700;
const SLOW_SHARE = 1 / 8;

function page(number: number): string {
  const links = Array.from(
    { length: PAGES },
    (_, index) => html`<a href="/item/${index}?sort=name">${index}</a> `,
  );
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Item ${number}</title></head>
<body>${links}<form action="/find" method="get"><input name="q"></form></body></html>
`.text;
}

/** A site whose answers are late by chance, so that one late answer proves nothing. */
export const latency: Application = {
  description: "A site where one answer in eight is late by chance, whatever was asked",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    const noise = createNoise(5);
    return (request, response) => {
      const match = /^\/(?:item\/(\d)|find)?(?:\?|$)/.exec(request.url ?? "");
      const waitMs = noise.next() * (noise.next() < SLOW_SHARE ? SLOW_MS : QUICK_MS);
      const timer = setTimeout(() => {
        const headers = { ...SAFE_HEADERS, "content-type": "text/html; charset=utf-8" };
        response.writeHead(match ? 200 : 404, headers).end(page(Number(match?.[1] ?? 0)));
      }, waitMs);
      response.on("close", () => clearTimeout(timer));
    };
  },
};
