import { DOMParser } from "@xmldom/xmldom";
import express, { type Express, type Request, type Response } from "express";
import xpath from "xpath";
import { type Html, html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { documentOf } from "../site.ts";
import { type Entry, parseFilter } from "./filter.ts";

const PEOPLE: readonly Entry[] = [
  { uid: ["ann"], cn: ["Ann Weber"], mail: ["ann@depot.example"], userpassword: ["kettle-and-fire"] },
  { uid: ["bob"], cn: ["Bob Keller"], mail: ["bob@depot.example"], userpassword: ["rope-and-knot"] },
  { uid: ["eva"], cn: ["Eva Frei"], mail: ["eva@depot.example"], userpassword: ["map-and-sun"] },
].map((person) => ({ ...person, objectclass: ["top", "person"] }));

const BOOKS = `<library>
  <book n="1"><title>Knots</title><author>Ada Reef</author><year>1987</year></book>
  <book n="2"><title>Fires</title><author>Ben Ember</author><year>1991</year></book>
  <reader><name>ann</name><word>kettle</word></reader>
</library>`;

/** How an application puts values into queries. */
export interface Writing {
  filterValue(value: string): string;
  /** With its quotes, which are these if it may choose none. */
  xpathString(value: string, quote: "'" | '"'): string;
  xpathNumber(value: string): string;
}

function fieldOf(source: unknown, name: string): string {
  const value = (source as Record<string, unknown> | undefined)?.[name];
  return String((Array.isArray(value) ? value.at(-1) : value) ?? "");
}

function send(response: Response, title: string, rows: readonly string[]): void {
  const body: Html =
    rows.length === 0
      ? html`<p>Nothing here.</p>`
      : html`<ul>${rows.map((row) => html`<li>${row}</li>`)}</ul>`;
  response.set(SAFE_HEADERS).type("html").send(documentOf(title, body.text));
}

function search(filter: string): string[] {
  return PEOPLE.filter(parseFilter(filter)).map(({ cn = [], mail = [] }) => [...cn, ...mail].join(", "));
}

const library = new DOMParser().parseFromString(BOOKS, "text/xml");

function select(expression: string): string[] {
  const found = xpath.select(expression, library as unknown as Node);
  return Array.isArray(found) ? found.map((node) => (node.textContent ?? "").trim()) : [];
}

/** Shows no error: what cannot be read is nothing. */
function quietly(find: () => string[]): string[] {
  try {
    return find();
  } catch {
    // The visitor is told nothing.
    return [];
  }
}

const LINKS = [
  "/people?uid=ann",
  "/phone?cn=ann%20weber",
  "/colleagues?q=Keller",
  "/book?title=Knots",
  "/volume?n=2",
  "/writer?name=Ember",
];

function addDirectory(app: Express, { filterValue }: Writing): void {
  const query = (request: Request, name: string) => filterValue(fieldOf(request.query, name));
  app.get("/people", (request, response) =>
    send(response, "People", search(`(&(objectClass=person)(uid=${query(request, "uid")}))`)),
  );
  app.get("/phone", (request, response) =>
    send(
      response,
      "Phone",
      quietly(() => search(`(cn=${query(request, "cn")})`)),
    ),
  );
  app.get("/colleagues", (request, response) =>
    send(
      response,
      "Colleagues",
      quietly(() => search(`(|(cn=*${query(request, "q")}*)(uid=${query(request, "q")}))`)),
    ),
  );
  app.post("/extension", ({ body }, response) => {
    const name = filterValue(fieldOf(body, "name"));
    send(
      response,
      "Extension",
      quietly(() => search(`(&(objectClass=person)(cn=${name}))`)),
    );
  });
}

function addLibrary(app: Express, { xpathString, xpathNumber }: Writing): void {
  app.get("/book", (request, response) =>
    send(
      response,
      "Book",
      select(`//book[title=${xpathString(fieldOf(request.query, "title"), "'")}]/author`),
    ),
  );
  app.get("/volume", (request, response) => {
    const number = xpathNumber(fieldOf(request.query, "n"));
    send(
      response,
      "Volume",
      quietly(() => select(`//book[@n=${number}]/title`)),
    );
  });
  app.get("/writer", (request, response) => {
    const name = xpathString(fieldOf(request.query, "name"), '"');
    send(
      response,
      "Writer",
      quietly(() => select(`//book[contains(author,${name})]/title`)),
    );
  });
  app.post("/reader", ({ body }, response) => {
    const [name, word] = ["name", "word"].map((field) => xpathString(fieldOf(body, field), "'"));
    send(
      response,
      "Reader",
      quietly(() => select(`//reader[name=${name} and word=${word}]/name`)),
    );
  });
}

/** A directory of people and a library whose handling of values decides whether they can be injected into. */
export function queriesSite(writing: Writing, add: (app: Express) => void): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.urlencoded({ extended: false }));
  const links = () =>
    [...LINKS, ...((app.locals.links ?? []) as string[])].map(
      (href) => html`<li><a href="${href}">${href}</a></li>`,
    );
  const forms = html`<form action="/extension" method="post"><input name="name"><button>Find</button></form>
<form action="/reader" method="post"><input name="name"><input name="word" type="password"><button>Log in</button></form>`;
  app.get("/", (_request, response) => {
    response
      .set(SAFE_HEADERS)
      .type("html")
      .send(documentOf("Queries", html`<ul>${links()}</ul>${forms}`.text));
  });
  addDirectory(app, writing);
  addLibrary(app, writing);
  add(app);
  return app;
}
