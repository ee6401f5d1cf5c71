import type { IncomingMessage, ServerResponse } from "node:http";
import { type Html, html } from "../html.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";

/** One request, taken apart. */
export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;
}

const LINKS = [
  "/go?next=%2Fabout",
  "/leave?url=%2Fabout",
  "/jump?to=%2Fabout",
  "/lang?l=en",
  "/account",
  "/old",
  "/password/reset",
  "/about",
  "/shared/readme.txt",
  "/report?year=2024",
];

export function visitOf(request: IncomingMessage, response: ServerResponse): Visit {
  const [path = "/", query = ""] = (request.url ?? "/").split("?");
  return { request, response, path, query: new URLSearchParams(query) };
}

export function sendPage({ response }: Visit, body: Html, headers: Record<string, string> = {}): void {
  response.writeHead(200, { ...SAFE_HEADERS, "content-type": "text/html; charset=utf-8", ...headers });
  const links = LINKS.map((href) => html`<a href="${href}">${href}</a> `);
  response.end(
    html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Office</title></head><body>${body}${links}</body></html>
`.text,
  );
}

export function sendStatus({ response }: Visit, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...SAFE_HEADERS, "content-type": "text/plain", ...headers });
  response.end(`${status}\n`);
}

export function sendJson({ response }: Visit, value: unknown): void {
  response.writeHead(200, { ...SAFE_HEADERS, "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

/** A text as it is. */
export function sendText({ response }: Visit, text: string, status = 200): void {
  response.writeHead(status, { ...SAFE_HEADERS, "content-type": "text/plain; charset=utf-8" });
  response.end(text);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A folder of texts, by path, that stores and deletes them for anybody. */
export async function answerFolder(visit: Visit, files: Map<string, string>): Promise<void> {
  const { request, path } = visit;
  const text = files.get(path);
  if (request.method === "PUT") {
    files.set(path, await bodyOf(request));
    return sendStatus(visit, 201);
  }
  if (request.method === "DELETE") return sendStatus(visit, files.delete(path) ? 204 : 404);
  return text === undefined ? sendStatus(visit, 404) : sendText(visit, text);
}

/** The GraphQL document of a request, by GET or POST. */
export async function graphqlQuery({ request, query }: Visit): Promise<string> {
  if (request.method !== "POST") return query.get("query") ?? "";
  const { query: text }: { query?: unknown } = JSON.parse((await bodyOf(request)) || "{}");
  return String(text ?? "");
}
