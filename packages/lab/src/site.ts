import type { RequestListener } from "node:http";
import { html } from "./html.ts";
import { SAFE_HEADERS } from "./safe-headers.ts";

/** One path of a site that answers everybody alike. */
export interface SitePage {
  readonly path: string;
  /** Default 200. */
  readonly status?: number;
  /** Default `text/html; charset=utf-8`. */
  readonly type?: string;
  /** Beside `SAFE_HEADERS`, whose values they replace. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body: string;
}

const HTML_TYPE = "text/html; charset=utf-8";

/** A small document with markup as it is. */
export function documentOf(title: string, body: string): string {
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>\n<body><h1>${title}</h1>\n${body}\n</body></html>\n`;
}

function indexOf(pages: readonly SitePage[]): string {
  const links = pages.map(({ path }) => html`<li><a href="${path}">${path}</a></li>\n`);
  return documentOf("Contents", html`<ul>${links}</ul>`.text);
}

/** A site whose front page links to all the others; what it does not know is answered 404. `own`: headers of all. */
export function createSite(
  pages: readonly SitePage[],
  own: Readonly<Record<string, string>> = {},
): RequestListener {
  const index: SitePage = { path: "/", body: indexOf(pages) };
  const missing: SitePage = { path: "", status: 404, body: documentOf("Not here", "") };
  return (request, response) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const page = [index, ...pages].find((one) => one.path === path) ?? missing;
    const { status = 200, type = HTML_TYPE, headers, body } = page;
    response.writeHead(status, { ...SAFE_HEADERS, ...own, "content-type": type, ...headers });
    response.end(body);
  };
}
