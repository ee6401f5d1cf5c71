import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { CrawlCoverage } from "@picket/core";
import { findScan } from "@picket/db";
import type { TargetSeed } from "@picket/db/testing";
import { createPlatform, type Platform } from "./harness.ts";

let platform: Platform;
let site: Server;
let baseUrl: string;

const ITEMS = Array.from({ length: 12 }, (_, index) => `/item/${index}`);
const LINKS = ["/a", "/b", "/account", "/broken", "/cart/delete?id=1", "/style.css", ...ITEMS];
const STATUS: Record<string, number> = { "/account": 401, "/broken": 500 };

beforeAll(async () => {
  site = createServer(({ url = "" }, response) => {
    const path = url.split("?")[0] ?? "";
    const isKnown = path === "/" || LINKS.includes(url);
    response.writeHead(isKnown ? (STATUS[path] ?? 200) : 404, { "content-type": "text/html" });
    response.end(path === "/" ? LINKS.map((href) => `<a href="${href}">${href}</a>`).join("") : path);
  }).listen(0, "127.0.0.1");
  await once(site, "listening");
  baseUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
  platform = await createPlatform();
  await platform.startWorker();
}, 90_000);
afterAll(async () => {
  site.close();
  await platform.close();
}, 30_000);

async function crawled(
  settings: Record<string, number>,
  seed: Partial<TargetSeed> = {},
): Promise<CrawlCoverage | null | undefined> {
  const targetId = await platform.target({ baseUrl, ...seed });
  const crawl = { checkUsualPlaces: false, ...settings };
  const scanId = await platform.startScan(targetId, { plugins: ["crawl"], settings: { crawl } });
  await platform.scanEnd(scanId);
  return (await findScan(platform.database.sql, scanId))?.crawl;
}

describe("crawl coverage", () => {
  it("is the share of known routes that answered, with what stood in the way at the others", async () => {
    expect(await crawled({})).toEqual({
      known: 7,
      answered: 4,
      share: 4 / 7,
      gaps: { auth_lost: 1, server_error: 1, destructive: 1 },
      caps: [{ cap: "route cap reached", left: 2 }],
    });
  }, 60_000);

  it("falls when a cap or the budget ends the crawl", async () => {
    const cut = await crawled({ maxPages: 3 });
    expect(cut).toMatchObject({
      known: 7,
      answered: 2,
      gaps: { auth_lost: 1, not_asked: 3, destructive: 1 },
    });
    expect(cut?.caps.map(({ cap }) => cap)).toContain("page cap reached");
    const short = await crawled({}, { budget: { maxRequests: 4, concurrency: 1 } });
    expect(short?.gaps.budget_exhausted).toBeGreaterThan(0);
    expect(short?.share).toBeLessThan(4 / 7);
  }, 60_000);
});
