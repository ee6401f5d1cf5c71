import express, { type Express, type Request, type Response } from "express";
import { type Html, html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { documentOf } from "../site.ts";

/** Two customers of one shop, each known by a key. */
export const ACCOUNTS = { ana: "lab-key-of-ana-4f1c", ben: "lab-key-of-ben-9d27" } as const;
type User = keyof typeof ACCOUNTS;

const ADDRESSES: Readonly<Record<User, string>> = { ana: "ana@camp.example", ben: "ben@camp.example" };

interface Order {
  id: number;
  owner: User;
  item: string;
  street: string;
}

const ORDERS: readonly Order[] = [
  { id: 41, owner: "ana", item: "Red tent with two poles", street: "Lindenweg 4, Bern" },
  { id: 52, owner: "ben", item: "Blue stove", street: "Gasse 9, Basel" },
];

/** What the two twins do differently. */
export interface Permissions {
  mayRead(reader: User, owner: User): boolean;
  /** Lists of people. */
  needsLogin: boolean;
  /** What is said to who may not read. */
  refuse(response: Response): void;
}

function userOf({ headers }: Request): User | null {
  const names = Object.keys(ACCOUNTS) as User[];
  return names.find((name) => ACCOUNTS[name] === headers["x-api-key"]) ?? null;
}

/** Each page greets its reader, and differs from the last by a number. */
function send(response: Response, user: User | null, body: Html): void {
  const { locals } = response.app;
  locals.pages = Number(locals.pages ?? 0) + 1;
  const head =
    user === null ? html`<a href="/login">Log in</a>` : html`Hello ${user}, <a href="/account">Account</a>`;
  response
    .set({ ...SAFE_HEADERS, "cache-control": "no-store" })
    .type("html")
    .send(documentOf("Camp", html`${head}<p>Page ${locals.pages * 7_919}</p>${body}`.text));
}

function sendData(response: Response, data: unknown): void {
  response.set({ ...SAFE_HEADERS, "cache-control": "no-store" }).json(data);
}

type Answer = (user: User, request: Request, response: Response) => unknown;

/** For those who are logged in. */
function member(app: Express, path: string, answer: Answer): void {
  app.get(path, (request, response) => {
    const user = userOf(request);
    if (user) return answer(user, request, response);
    return path.startsWith("/api/") ? response.sendStatus(401) : response.redirect(302, "/login");
  });
}

function addPublic(app: Express): void {
  const front = html`<a href="/products/3">Tents</a> <a href="/orders">Orders</a> <a href="/handbook">Handbook</a>`;
  app.get("/", (request, response) => send(response, userOf(request), front));
  app.get("/login", (_request, response) => send(response, null, html`<p>Send your key.</p>`));
  app.get("/products/:id", (request, response) =>
    send(
      response,
      userOf(request),
      html`<p>Tent number ${request.params.id}, for two, of canvas, 149 francs</p>`,
    ),
  );
}

function addOrders(app: Express, { mayRead, refuse }: Permissions): void {
  const own = (user: User) => ORDERS.filter(({ owner }) => owner === user);
  const orderFor = (user: User, request: Request) =>
    ORDERS.find(({ id, owner }) => String(id) === request.params.id && mayRead(user, owner));
  member(app, "/account", (user, _request, response) =>
    send(
      response,
      user,
      html`<p>Your address: ${ADDRESSES[user]}</p><a href="/api/receipts">Receipts</a> <a href="/api/people">People</a>`,
    ),
  );
  member(app, "/orders", (user, _request, response) => {
    const links = own(user).map(
      ({ id }) => html`<li><a href="/orders/${id}">Order</a> <a href="/bill?order=${id}">Bill</a></li>`,
    );
    send(response, user, html`<ul>${links}</ul><a href="/account">Account</a>`);
  });
  member(app, "/orders/:id", (user, request, response) => {
    const order = orderFor(user, request);
    return order ? send(response, user, html`<p>${order.item}, to ${order.street}</p>`) : refuse(response);
  });
  // Whatever is asked for, everybody is shown the own.
  member(app, "/bill", (user, _request, response) => {
    const bills = own(user).map(({ item, street }) => html`<p>Bill for ${item}, to ${street}</p>`);
    return send(response, user, html`${bills}`);
  });
  member(app, "/api/receipts", (user, _request, response) =>
    sendData(
      response,
      own(user).map(({ id }) => ({ id, href: `/api/receipts/${id}` })),
    ),
  );
  member(app, "/api/receipts/:id", (user, request, response) => {
    const order = orderFor(user, request);
    return order
      ? sendData(response, { ...order, address: ADDRESSES[order.owner] })
      : response.sendStatus(404);
  });
}

/** The same for all members, who are led there alike. */
function addHandbook(app: Express): void {
  member(app, "/handbook", (user, _request, response) =>
    send(response, user, html`<a href="/handbook/12">How to pitch a tent in the wind</a>`),
  );
  member(app, "/handbook/:id", (user, request, response) =>
    request.params.id === "12"
      ? send(response, user, html`<p>Find a flat spot behind a hedge, pegs first, poles last.</p>`)
      : response.sendStatus(404),
  );
}

function addPeople(app: Express, { needsLogin }: Permissions): void {
  app.get("/api/people", (request, response) => {
    if (needsLogin && userOf(request) === null) return response.sendStatus(401);
    return sendData(
      response,
      Object.entries(ADDRESSES).map(([name, address]) => ({ name, address })),
    );
  });
}

/** A shop with orders, receipts and a handbook for its customers. */
export function accountsSite(permissions: Permissions): Express {
  const app = express();
  app.disable("x-powered-by");
  addPublic(app);
  addOrders(app, permissions);
  addHandbook(app);
  addPeople(app, permissions);
  return app;
}
