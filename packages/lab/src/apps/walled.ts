import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

const PAGES = ["/", "/setup", "/help"];
/** Hidden names that the firewall lets through because it knows them; any other it refuses. */
const KNOWN_HIDDEN = /\/\.(?:env(?:\.\w+)?|git|htpasswd|DS_Store)(?:\/|$)/;

function page(path: string): string {
  const links = PAGES.map((href) => html`<a href="${href}">${href}</a> `);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${path}</title></head><body>${links}</body></html>
`.text;
}

/** The sample that the application answers everything with, its own manual's «.env» chapter. */
const SAMPLE = "APP_ENV=production\nDB_HOST=127.0.0.1\nDB_PASSWORD=correct-horse\nAPI_KEY=battery-staple\n";

/** The firewall hides from a control what the application would have answered. */
export const walled: Application = {
  description:
    "A site that answers everything with a sample, behind a firewall that refuses unknown hidden names",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    return (request, response) => {
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      const isRefused = path.includes("/.") && !KNOWN_HIDDEN.test(path);
      const isPage = PAGES.includes(path);
      const type = isPage || isRefused ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
      response.writeHead(isRefused ? 403 : 200, { ...SAFE_HEADERS, "content-type": type });
      response.end(isPage || isRefused ? page(path) : SAMPLE);
    };
  },
};
