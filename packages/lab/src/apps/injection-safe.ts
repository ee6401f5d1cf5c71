import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { Express, NextFunction, Request, Response } from "express";
import type { Application } from "../application.ts";
import { Html, html } from "../html.ts";
import { injectionSite } from "../injection/injection-site.ts";
import { bound } from "../injection/statements.ts";
import { createNoise } from "../noise.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { documentOf } from "../site.ts";

const ARTICLE = html`<h2>What an injection looks like</h2>
<p>An application that writes what it is sent into its statements lets whoever sends it choose what the database does. The
first sign is often a message of the database on the page, because a single quote ended a string too early and the rest of
the statement made no sense to the parser any more. MySQL then says</p>
<pre>You have an error in your SQL syntax; check the manual for the right syntax to use near ''1''' at line 1</pre>
<p>and PostgreSQL says <code>ERROR: syntax error at or near "foo"</code>, while Oracle has numbers for it, such as
<code>ORA-00933</code>. A page that writes what it is sent as markup is another matter: there <code>&lt;svg/onload=alert()></code>
runs in the browser of the reader. And one that opens files by the name it is sent may show lines such as
<code>root:x:0:0:root:/root:/bin/bash</code> to everybody who asks for them in the right way.</p>`;

const LINKS = [
  "/article?page=1",
  "/part?number=1064",
  "/advert?slot=2",
  "/shielded?id=3",
  "/echo.json?q=tent",
  "/echo.txt?q=tent",
  "/raw?q=tent",
  "/save?name=list",
  "/remark?note=hello",
  "/settings?theme=dark",
  "/lenient?id=2",
  "/list?names=ann",
  "/phrases?q=tent",
  "/digest?of=tent",
];

function page(response: Response, title: string, body: Html): void {
  response.set(SAFE_HEADERS).type("html").send(documentOf(title, body.text));
}

const textOf = (request: Request, name: string) => String(request.query[name] ?? "");

/** What is sent comes back raw, but not as a page. */
function addEchoes(app: Express): void {
  app.get(
    "/echo.json",
    (request, response) => void response.set(SAFE_HEADERS).json({ q: textOf(request, "q") }),
  );
  app.get("/echo.txt", (request, response) => {
    response
      .set(SAFE_HEADERS)
      .type("text")
      .send(`You sent ${textOf(request, "q")}`);
  });
  app.get("/raw", (request, response) => {
    response.writeHead(200, SAFE_HEADERS).end(`<p>${textOf(request, "q")}</p>`);
  });
  app.get("/save", (request, response) => {
    response.set({ ...SAFE_HEADERS, "content-disposition": "attachment; filename=list.html" });
    response.type("html").send(`<p>${textOf(request, "name")}</p>`);
  });
  app.get("/remark", (request, response) => {
    page(
      response,
      "Remark",
      html`<!-- ${textOf(request, "note")} --><textarea>${textOf(request, "note")}</textarea>`,
    );
  });
  app.get("/settings", (request, response) => {
    const theme = new Html(JSON.stringify({ theme: textOf(request, "theme") }).replaceAll("<", "\\u003c"));
    page(response, "Settings", html`<script>var settings = ${theme};</script>`);
  });
}

/** Pages that look as if a statement had been broken, changed or slowed down. */
function addLookalikes(app: Express): void {
  const noise = createNoise(7);
  app.get("/article", (_request, response) => page(response, "Article", ARTICLE));
  app.get("/part", (request, response) => {
    const number = textOf(request, "number");
    page(response, "Part", html`<p>Error 1064 (42000): no part ${number}, SQLSTATE[42000] is not ours</p>`);
  });
  app.get("/advert", (_request, response) => {
    page(
      response,
      "Advert",
      html`<p>${noise.token(24)} ${noise.token(8)}</p>${noise.next() > 0.5 ? ARTICLE : ""}`,
    );
  });
  app.get("/lenient", (request, response) => {
    const id = Number.parseInt(textOf(request, "id"), 10);
    page(response, "Lenient", html`<p>Number ${Number.isNaN(id) ? "none" : id}</p>`);
  });
  app.get("/list", (request, response) => {
    if (textOf(request, "names").split("'").length % 2 === 0) throw new Error("a quote is not closed");
    page(response, "List", html`<p>Read.</p>`);
  });
  app.get("/phrases", (request, response) => {
    const words = textOf(request, "q");
    if (words.split('"').length % 2 === 0 || /\b(AND|OR)\s+(AND|OR)\b/.test(words))
      throw new Error("no such query");
    page(response, "Phrases", html`<p>${words.startsWith("tent") ? "One" : "Nothing"}</p>`);
  });
  app.get("/digest", (request, response) => {
    const digest = createHash("sha256").update(textOf(request, "of")).digest("hex");
    page(response, "Digest", html`<p>${digest}</p>`);
  });
  app.get("/shielded", (request, response) => {
    const id = textOf(request, "id");
    if (!/['"()=]|\b(?:and|or|select|sleep)\b/i.test(id))
      return page(response, "Shielded", html`<p>Item ${id}</p>`);
    const words = html`<p>Request blocked: SQL injection. You have an error in your SQL syntax near '${id}</p>`;
    response.status(403).set(SAFE_HEADERS).type("html").send(documentOf("Blocked", words.text));
  });
}

function encoded(value: string): Html {
  return html`${value}`;
}

function scriptString(value: string): Html {
  return new Html(JSON.stringify(value).slice(1, -1).replaceAll("'", "\\u0027").replaceAll("<", "\\u003c"));
}

function address(value: string): Html {
  return encoded(/^(?:https?:\/\/|\/(?!\/))/.test(value) ? value : "/");
}

function hideError(_error: Error, _request: Request, response: Response, _next: NextFunction): void {
  response.status(500).set(SAFE_HEADERS).type("text").send("Something went wrong");
}

const REPAIRED = {
  scriptString,
  address,
  greeting: (name: string) => `Hello ${name}`,
  fileName: (value: string) => posix.basename(value),
  policy: SAFE_HEADERS["content-security-policy"],
};

/** The same shop repaired, with pages that look as if they were not. */
export const injectionSafe: Application = {
  description:
    "The repaired twin, with echoes that do not act, a firewall, and pages that talk of injections",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create: () =>
    injectionSite({ ...REPAIRED, statements: bound, markup: encoded }, (app) => {
      app.locals.links = LINKS;
      addEchoes(app);
      addLookalikes(app);
      app.use(hideError);
    }),
};
