import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A target in a process of its own, so that its work is not counted: pages of 4 KB, each with its number. Prints its URL. */
const PAGE_BYTES = 4_096;

function page(path: string): string {
  const head = `<!doctype html><title>Page ${path}</title><form action="/search"><input name="q"></form>\n`;
  const item = (index: number) => `<p><a href="/item/${index}">Item ${index}</a>, in stock, 12.50 EUR.</p>\n`;
  return Array.from({ length: 100 }, (_, index) => item(index))
    .reduce((html, line) => html + line, head)
    .slice(0, PAGE_BYTES);
}

const server = createServer((request, response) => {
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(page(request.url ?? "/"));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
