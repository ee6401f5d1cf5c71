import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

const PAGES = ["/", "/offers", "/offers/7", "/contact", "/search"];
/** The application behind it; the firewall itself answers at once. */
const PAGE_MS = 60;
const ATTACK = /['"<>;|`]|\.\.|%00|\b(?:sleep|select|union|waitfor|etc\/passwd)\b/i;
/** What firewalls refuse with, one for each kind of offence. */
const REFUSALS = { attack: 406, hidden: 403, unknown: 418 } as const;

function page(path: string): string {
  const links = PAGES.map((href) => html`<a href="${href}">${href}</a> `);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${path}</title></head><body>${links}<a href="/search?q=tent">Tents</a></body></html>
`.text;
}

/** Repeats what was asked for, as block pages do: a detector must not find its own words in it. */
function blockPage(url: string, status: number): string {
  return html`<!doctype html>
<html lang="en"><head><title>Request blocked</title></head>
<body><h1>${status}</h1><p>Blocked: ${url}</p><p>APP_KEY=blocked root:x:0:0 sleep(5) Apache Status</p></body></html>
`.text;
}

function refusalOf(url: string): number | null {
  const path = url.split("?")[0] ?? "/";
  if (ATTACK.test(decode(url))) return REFUSALS.attack;
  if (path.includes("/.")) return REFUSALS.hidden;
  return PAGES.includes(path) ? null : REFUSALS.unknown;
}

function decode(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    // What no escape sequence is stays as it was sent; a firewall looks at it all the same.
    return url;
  }
}

/** A shop behind a firewall that refuses odd requests far faster than the shop answers plain ones. */
export const waf: Application = {
  description: "Pages behind a firewall that answers odd paths and payloads with 403, 406 and 418 at once",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    return (request, response) => {
      const url = request.url ?? "/";
      const status = refusalOf(url);
      const headers = { ...SAFE_HEADERS, "content-type": "text/html; charset=utf-8" };
      if (status !== null) {
        response.writeHead(status, headers).end(blockPage(url, status));
        return;
      }
      const timer = setTimeout(() => response.writeHead(200, headers).end(page(url)), PAGE_MS);
      response.on("close", () => clearTimeout(timer));
    };
  },
};
