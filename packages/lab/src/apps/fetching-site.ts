import express, { type Express, type Request } from "express";
import { type Html, html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { documentOf } from "../site.ts";

/** How the twins treat addresses and documents that are sent to them. */
export interface Fetching {
  /** Text that a page shows of an address. */
  preview(address: string): Promise<string> | string;
  /** Takes a picture's address from a form and answers at once. */
  avatar(address: string): void;
  /** Text that a page shows of a document in a form. */
  feed(document: string): Promise<string>;
  /** Takes a document that a script sends. */
  order(document: string): Promise<void>;
}

const LONGEST_BODY = "64kb";
/** For what is fetched, ms. */
const TIMEOUT_MS = 2_000;

const AVATAR = html`<form action="/avatar" method="post"><input name="image" value="https://cdn.camp.example/tent.png">
<button>Save</button></form>`;

const FEED = html`<form action="/feed" method="post"><textarea name="xml">${"<feed><title>Tents</title></feed>"}</textarea>
<button>Show</button></form>`;

const ORDER_SCRIPT = `
document.querySelector("button").onclick = () =>
  fetch("/orders", { method: "POST", headers: { "content-type": "application/xml" }, body: documentOf("tent") });
`;

export function fetchingPage(title: string, body: Html): string {
  return documentOf(title, body.text);
}

/** What is behind an address; why it could not be had, without a word of the client's. */
export async function contentOf(address: string): Promise<string> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
    return (await response.text()).slice(0, 1_000);
  } catch {
    return "nothing there";
  }
}

/** A site that shows pictures and articles of others. `more`: links of the twin's own pages. */
export function fetchingSite(fetching: Fetching, more: readonly string[] = []): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.urlencoded({ extended: false, limit: LONGEST_BODY }));
  app.use((_request, response, next) => {
    response.set(SAFE_HEADERS);
    next();
  });
  const links = [
    "/preview?url=https%3A%2F%2Fnews.camp.example%2Ftents",
    "/avatar",
    "/feed",
    "/order",
    ...more,
  ].map((href) => html`<a href="${href}">${href}</a> `);
  app.get("/", (_request, response) => void response.send(fetchingPage("News", html`${links}`)));
  app.get("/preview", async (request: Request, response) => {
    const shown = await fetching.preview(String(request.query.url ?? ""));
    response.send(fetchingPage("Preview", html`<blockquote>${shown}</blockquote>`));
  });
  app.get("/avatar", (_request, response) => void response.send(fetchingPage("Avatar", AVATAR)));
  app.post("/avatar", (request, response) => {
    fetching.avatar(String(request.body?.image ?? ""));
    response.send(fetchingPage("Avatar", html`<p>Saved</p>`));
  });
  app.get("/feed", (_request, response) => void response.send(fetchingPage("Feed", FEED)));
  app.post("/feed", async (request, response) => {
    const title = await fetching.feed(String(request.body?.xml ?? ""));
    response.send(fetchingPage("Feed", html`<h2>${title}</h2>`));
  });
  app.get("/order.js", (_request, response) => void response.type("text/javascript").send(ORDER_SCRIPT));
  app.get("/order", (_request, response) => {
    const script = html`<button>Order</button><script src="/order.js"></script>`;
    response.send(fetchingPage("Order", script));
  });
  app.post("/orders", express.text({ type: "*/*", limit: LONGEST_BODY }), async (request, response) => {
    await fetching.order(typeof request.body === "string" ? request.body : "");
    response.status(202).send("taken");
  });
  return app;
}
