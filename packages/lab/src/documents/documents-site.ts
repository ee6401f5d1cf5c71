import { runInNewContext } from "node:vm";
import express, { type Express, type Response } from "express";
import { html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { documentOf } from "../site.ts";
import { fits } from "./condition.ts";

const GOODS = [
  { name: "kettle", kind: "kitchen", maker: "Reef" },
  { name: "lamp", kind: "light", maker: "Ember" },
  { name: "lantern", kind: "light", maker: "Reef" },
];
const MEMBERS = [
  { name: "ann", word: "kettle-and-fire" },
  { name: "bob", word: "rope-and-knot" },
];

/** How an application takes what it is sent into its queries. */
export interface Taking {
  /** A value that a document is compared with; null: refused. */
  value(sent: unknown): unknown;
  /** JavaScript that holds of the documents of a maker. */
  madeBy(sent: unknown): { readonly code: string; readonly values: object };
}

export function sendRows(response: Response, title: string, rows: readonly string[]): void {
  const body = rows.length === 0 ? html`<p>Nothing here.</p>` : html`<p>${rows.join(", ")}</p>`;
  response
    .status(rows.length === 0 ? 404 : 200)
    .set(SAFE_HEADERS)
    .type("html")
    .send(documentOf(title, body.text));
}

function addGoods(app: Express, { value, madeBy }: Taking): void {
  const named = (rows: typeof GOODS) => rows.map(({ name }) => name);
  app.get("/goods", ({ query }, response) =>
    sendRows(response, "Goods", named(GOODS.filter(({ kind }) => fits(kind, value(query.kind))))),
  );
  app.get("/made", ({ query }, response) => {
    const { code, values } = madeBy(query.maker);
    const rows = GOODS.filter((one) => runInNewContext(code, { one, ...values }));
    sendRows(response, "Made", named(rows));
  });
}

function addLogin(app: Express, { value }: Taking): void {
  app.post("/enter", ({ body }, response) => {
    const [name, word] = [value(body?.name), value(body?.password)];
    const member = MEMBERS.find((one) => fits(one.name, name) && fits(one.word, word));
    if (member) return sendRows(response, "Welcome", [member.name]);
    response.status(401).set(SAFE_HEADERS).type("html").send(documentOf("Nobody", "<p>No such member.</p>"));
  });
}

const FORM = html`<form method="post" action="/enter"><input name="name"><input type="password" name="password"><button>Enter</button></form>`;

/** A store of goods and members, whose taking of values decides whether its queries can be injected into. */
export function documentsSite(
  taking: Taking,
  links: readonly string[],
  add: (app: Express) => void,
): Express {
  const app = express();
  app.disable("x-powered-by").set("query parser", "extended");
  app.use(express.urlencoded({ extended: true }));
  app.get("/", (_request, response) => {
    const items = ["/goods?kind=light", "/made?maker=Reef", ...links].map(
      (href) => html`<li><a href="${href}">${href}</a></li>`,
    );
    const body = html`<ul>${items}</ul>${FORM}`;
    response.set(SAFE_HEADERS).type("html").send(documentOf("Store", body.text));
  });
  addGoods(app, taking);
  addLogin(app, taking);
  add(app);
  return app;
}
