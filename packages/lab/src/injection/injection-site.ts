import express, { type Express, type Request, type Response } from "express";
import { Html, html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { documentOf } from "../site.ts";
import { readText } from "./files.ts";
import type { Row, Statements } from "./statements.ts";

/** What the two twins do differently. */
export interface Handling {
  statements(): Statements;
  /** A value for text and quoted attributes. */
  markup(value: string): Html;
  /** A value for a string of a script, in single quotes. */
  scriptString(value: string): Html;
  /** An address that was sent. */
  address(value: string): Html;
  /** A greeting with a name, from a template. */
  greeting(name: string): string;
  /** The name of a file in the folder of texts. */
  fileName(value: string): string;
  /** Of the pages, but for one that always has the policy of `SAFE_HEADERS`. */
  readonly policy: string;
}

const POLICY = "content-security-policy";

/** Values come as text, repeated ones as the last. */
function fieldOf(source: unknown, name: string): string {
  const value = (source as Record<string, unknown> | undefined)?.[name];
  return String((Array.isArray(value) ? value.at(-1) : value) ?? "");
}

function send(response: Response, title: string, body: Html): void {
  const policy: string = response.locals.policy ?? SAFE_HEADERS[POLICY];
  response
    .set({ ...SAFE_HEADERS, [POLICY]: policy })
    .type("html")
    .send(documentOf(title, body.text));
}

function rowsOf(rows: readonly Row[]): Html {
  return rows.length === 0
    ? html`<p>Nothing here.</p>`
    : html`<ul>${rows.map((row) => html`<li>${Object.values(row).join(", ")}</li>`)}</ul>`;
}

/** Links by which a crawler meets every program with a value that it takes. */
const LINKS = [
  "/item?id=2",
  "/items?category=tents",
  "/quiet?category=stoves",
  "/search?q=tent",
  "/greet?name=Ann",
  "/strictly?name=Ann",
  "/edit?title=Tent",
  "/page?lang=en",
  "/out?next=/items",
  "/label?text=Sale",
  "/hello?name=Ann",
  "/text?file=terms.txt",
  "/guestbook",
  "/login",
] as const;

function front(): Html {
  return html`<ul>${LINKS.map((href) => html`<li><a href="${href}">${href}</a></li>`)}</ul>`;
}

function addShelves(app: Express, statements: Statements): void {
  const item = (request: Request) =>
    statements.all("SELECT name, price FROM item WHERE id = ?", fieldOf(request.query, "id"));
  app.get("/item", (request, response) => send(response, "Item", rowsOf(item(request))));
  app.get("/items", (request, response) => {
    const category = fieldOf(request.query, "category");
    send(response, "Items", rowsOf(statements.all("SELECT name FROM item WHERE (category = '?')", category)));
  });
  app.get("/search", (request, response) => {
    const words = fieldOf(request.query, "q");
    send(response, "Search", rowsOf(statements.all("SELECT name FROM item WHERE name LIKE '%?%'", words)));
  });
  app.get("/quiet", (request, response) => {
    send(response, "Quietly", rowsOf(quietly(statements, fieldOf(request.query, "category"))));
  });
}

/** Shows no error of the database: what cannot be read is nothing. */
function quietly(statements: Statements, category: string): Row[] {
  try {
    return statements.all("SELECT name, price FROM item WHERE category = '?'", category);
  } catch {
    // The visitor is told nothing.
    return [];
  }
}

function addLogin(app: Express, statements: Statements): void {
  const form = html`<form action="/login" method="post"><input name="user"><input name="password" type="password"><button>Log in</button></form>`;
  app.get("/login", (_request, response) => send(response, "Log in", form));
  app.post("/login", (request, response) => {
    const [user, password] = [fieldOf(request.body, "user"), fieldOf(request.body, "password")];
    const sql = "SELECT name FROM person WHERE name = '?' AND password = '?'";
    const [person] = statements.all(sql, user, password);
    send(response, person ? "Welcome" : "Wrong name or password", html`<p>${person?.name ?? ""}</p>`);
  });
}

function addEchoes(app: Express, { markup, scriptString, address }: Handling): void {
  app.get("/greet", (request, response) => {
    send(response, "Greeting", html`<p>Hello ${markup(fieldOf(request.query, "name"))}</p>`);
  });
  app.get("/strictly", (request, response) => {
    response.locals.policy = SAFE_HEADERS[POLICY];
    send(response, "Greeting", html`<p>Hello ${markup(fieldOf(request.query, "name"))}</p>`);
  });
  app.get("/edit", (request, response) => {
    send(response, "Edit", html`<input type="hidden" value="${markup(fieldOf(request.query, "title"))}">`);
  });
  app.get("/page", (request, response) => {
    const lang = scriptString(fieldOf(request.query, "lang"));
    send(response, "Page", html`<script>var lang = '${lang}'; document.lang = lang;</script>`);
  });
  app.get("/out", (request, response) => {
    send(response, "On", html`<a href="${address(fieldOf(request.query, "next"))}">Go on</a>`);
  });
  app.get("/label", (request, response) => {
    send(response, "Label", html`<textarea>${markup(fieldOf(request.query, "text"))}</textarea>`);
  });
}

function addTexts(app: Express, { greeting, fileName }: Handling): void {
  app.get("/hello", (request, response) => {
    send(response, "Hello", html`<p>${greeting(fieldOf(request.query, "name"))}</p>`);
  });
  app.get("/text", (request, response) => {
    const text = readText(fileName(fieldOf(request.query, "file")));
    response
      .status(text === null ? 404 : 200)
      .set(SAFE_HEADERS)
      .type("text")
      .send(text ?? "No such text");
  });
}

function addGuestbook(app: Express, { markup }: Handling): void {
  const entries: string[] = [];
  const form = html`<form action="/guestbook/sign" method="post"><input name="message"><button>Sign</button></form>`;
  app.get("/guestbook", (_request, response) => {
    send(
      response,
      "Guest book",
      html`${form}<ul>${entries.map((entry) => html`<li>${markup(entry)}</li>`)}</ul>`,
    );
  });
  app.post("/guestbook/sign", (request, response) => {
    entries.push(fieldOf(request.body, "message"));
    response.redirect(303, "/guestbook");
  });
}

/** A small shop whose handling of values decides whether it can be injected into. */
export function injectionSite(handling: Handling, add: (app: Express) => void): Express {
  const app = express();
  const statements = handling.statements();
  app.disable("x-powered-by");
  app.use(express.urlencoded({ extended: false }));
  app.use((_request, response, next) => {
    response.locals.policy = handling.policy;
    next();
  });
  app.get("/", (_request, response) => send(response, "Depot", html`${front()}${extraLinks(app)}`));
  addShelves(app, statements);
  addLogin(app, statements);
  addEchoes(app, handling);
  addTexts(app, handling);
  addGuestbook(app, handling);
  add(app);
  return app;
}

/** Set by the twin that has more pages. */
function extraLinks(app: Express): Html {
  const links: readonly string[] = app.locals.links ?? [];
  return new Html(links.map((href) => html`<a href="${href}">${href}</a>\n`.text).join(""));
}
