import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { createNoise, type Noise } from "../noise.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

const PAGES = ["", "trails", "huts", "weather", "maps", "guides", "faq", "imprint"];
const EXCUSES = [
  "Somebody ate this page.",
  "The wind took it.",
  "It may have moved.",
  "We looked everywhere.",
];

function page(title: string, text: string): string {
  const links = PAGES.map((path) => html`<a href="/${path}">${path || "home"}</a> `);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><h1>${title}</h1><p>${text}</p>${links}<a href="/moved-away">An old link</a></body></html>
`.text;
}

/** Names what was asked for, so that the answer contains every word a detector may look for in it. */
function notFoundPage(path: string, noise: Noise): string {
  const excuse = EXCUSES[Math.floor(noise.next() * EXCUSES.length)] ?? "";
  const filler = noise.token(Math.floor(noise.next() * 400));
  return page(`${path} not found`, `${excuse} You asked for ${path}. Reference ${filler}`);
}

/** Plain text for hidden files, and in the form of an environment file: only a control request tells it apart. */
function notFoundText(path: string, noise: Noise): string {
  return `PATH_INFO=${path}\nREQUEST_ID=${noise.token(16)}\nSESSION_SECRET=${noise.token(32)}\nSTATUS=not found\n`;
}

/** A site that answers what it does not have with 200 and a text that changes and repeats the path. */
export const soft404: Application = {
  description: "A site that says «not found» with status 200, ever differently, repeating the path",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    const noise = createNoise(3);
    return (request, response) => {
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      const isPage = PAGES.includes(path.slice(1));
      const isHidden = /\/\.[^/]*$/.test(path);
      const type = !isPage && isHidden ? "text/plain" : "text/html; charset=utf-8";
      response.writeHead(200, { ...SAFE_HEADERS, "content-type": type });
      if (isPage) response.end(page(path, "A page that is here."));
      else response.end(isHidden ? notFoundText(path, noise) : notFoundPage(path, noise));
    };
  },
};
