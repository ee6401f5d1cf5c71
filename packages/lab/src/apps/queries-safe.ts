import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { escapeFilter } from "../queries/filter.ts";
import { queriesSite } from "../queries/queries-site.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { documentOf } from "../site.ts";

const NAMES = ["ann", "anton", "bob"];

/** The pages that look like an injection and are none. */
const LINKS = ["/wildcards?name=an*", "/manual?chapter=errors", "/strict?name=ann"];

const MANUAL = `SimpleXMLElement::xpath(): Invalid expression; ldap_search(): Search: Bad search filter (-7);
javax.naming.directory.InvalidSearchFilterException; XPathEvalError: Unfinished literal`;

/** Escapes what stands in filters, and knows no way to write both quotes into an expression. */
export const queriesSafe: Application = {
  description:
    "The same directory and library with escaped values; a search with wildcards, a manual of errors, strict names",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create: () =>
    queriesSite(
      {
        filterValue: escapeFilter,
        xpathString: (value, quote) => quote + value.replace(/['"]/g, "") + quote,
        xpathNumber: (value) => String(Number.parseInt(value, 10) || 0),
      },
      (app) => {
        app.locals.links = LINKS;
        const send = (title: string, rows: readonly string[]) =>
          documentOf(title, html`<ul>${rows.map((row) => html`<li>${row}</li>`)}</ul>`.text);
        app.use((_request, response, next) => {
          response.set(SAFE_HEADERS).type("html");
          next();
        });
        app.get("/wildcards", ({ query }, response) => {
          const [start = ""] = String(query.name ?? "").split("*");
          response.send(
            send(
              "Names",
              NAMES.filter((name) => name.startsWith(start)),
            ),
          );
        });
        app.get("/manual", (_request, response) => void response.send(send("Manual", [MANUAL])));
        app.get("/strict", ({ query }, response) => {
          const isName = /^[a-z]{1,20}$/.test(String(query.name));
          response
            .status(isName ? 200 : 400)
            .send(send("Strict", [isName ? "A name" : "Letters only, no ( ) or quotes"]));
        });
      },
    ),
};
