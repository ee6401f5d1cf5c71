import express, { type Express, type Request } from "express";
import { type Html, html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { documentOf } from "../site.ts";

/** How the twins start a program with a value that was sent. */
export interface Starting {
  ping(host: string): string;
  host(name: string): string;
  label(file: string): string;
}

const LINKS = ["/ping?host=192.0.2.1", "/lookup?name=camp.example", "/label?file=tent.png", "/trace"];

const textOf = (source: unknown, name: string) =>
  String((source as Record<string, unknown> | undefined)?.[name] ?? "");

/** A page with links, and what a program printed. */
export function commandPage(title: string, body: Html): string {
  return documentOf(title, body.text);
}

/** Tools of an administrator that hand values to programs. `more`: links of the twin's own pages. */
export function commandSite(starting: Starting, more: readonly string[] = []): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.urlencoded({ extended: false }));
  app.use((_request, response, next) => {
    response.set(SAFE_HEADERS);
    next();
  });
  const links = [...LINKS, ...more].map((href) => html`<a href="${href}">${href}</a> `);
  app.get("/", (_request, response) => void response.send(commandPage("Tools", html`${links}`)));
  const show = (path: string, run: (request: Request) => string) =>
    app.get(path, (request, response) => {
      response.send(commandPage("Result", html`<pre>${run(request)}</pre>`));
    });
  show("/ping", ({ query }) => starting.ping(textOf(query, "host")));
  show("/lookup", ({ query }) => starting.host(textOf(query, "name")));
  show("/label", ({ query }) => starting.label(textOf(query, "file")));
  const form = html`<form action="/trace" method="post"><input name="to" value="192.0.2.1"><button>Trace</button></form>`;
  app.get("/trace", (_request, response) => void response.send(commandPage("Trace", form)));
  app.post("/trace", (request, response) => {
    response.send(commandPage("Trace", html`<pre>${starting.ping(textOf(request.body, "to"))}</pre>`));
  });
  return app;
}
