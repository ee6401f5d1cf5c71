import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type LoopbackCallbacks, startLoopbackCallbacks } from "@picket/callback";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "../src/plugin.ts";

let callbacks: LoopbackCallbacks;

beforeAll(async () => {
  callbacks = await startLoopbackCallbacks();
});
afterAll(() => callbacks.stop());

/** Whatever a firewall or a reader of logs follows. */
const followed: Promise<unknown>[] = [];

/** As most clients, and unlike `fetch`, it takes addresses with a user name in them. */
async function get(address: string): Promise<string> {
  if (!address.includes("127.0.0.1")) return "what the network has";
  const asked = request(address, { timeout: 3_000 }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return Buffer.concat(await response.toArray()).toString();
}

async function tryGet(address: string): Promise<string> {
  return get(address).catch(String);
}

interface Page {
  readonly query: string;
  answer(value: string, url: string): Promise<TestResponse> | TestResponse;
}

const PAGES: Record<string, Page> = {
  "/shown": {
    query: "url=https%3A%2F%2Fcdn.test%2Flogo.png",
    answer: async (url) => ({ body: await get(url) }),
  },
  "/blind": {
    query: "webhook=",
    answer: (url) => {
      setTimeout(() => void tryGet(url), 50);
      return { status: 202 };
    },
  },
  "/health": {
    query: "host=db.test%3A80",
    answer: async (host) => ({ body: (await get(`http://${host}/h`)) && "up" }),
  },
  "/begins": {
    query: "feed=https%3A%2F%2Fnews.test%2Frss.xml",
    answer: async (feed) => ({ body: /^https?:\/\/news\.test/.test(feed) ? await get(feed) : "no" }),
  },
  "/linked": {
    query: "link=https%3A%2F%2Fnews.test%2F",
    answer: (link) => ({ body: `<a href="${link}">${link}</a>` }),
  },
  "/allowed": {
    query: "image=https%3A%2F%2Fcdn.test%2Flogo.png",
    answer: (image) => ({ status: new URL(image).hostname === "cdn.test" ? 200 : 400, body: "image" }),
  },
  "/sent": { query: "next=%2Fhome", answer: (next) => ({ status: 302, headers: { location: next } }) },
  "/watched": {
    query: "target=https%3A%2F%2Fnews.test%2F",
    answer: (_, url) => {
      for (const value of new URL(url).searchParams.values())
        if (value.startsWith("http://127")) followed.push(get(value));
      return { body: "ok" };
    },
  },
  "/amount": { query: "download=12", answer: async () => ({ body: "12" }) },
};

function endpoint(path: string, query: string): EndpointView {
  const url = `http://app.test${path}?${query}`;
  return {
    id: path,
    method: "GET",
    url,
    route: path,
    parameters: [],
    source: "link",
  } as unknown as EndpointView;
}

async function scan(pages: Record<string, Page>, options: { listener?: boolean } = {}) {
  return testPlugin(plugin, {
    endpoints: Object.entries(pages).map(([path, { query }]) => endpoint(path, query)),
    settings: { waitMs: 1_000 },
    ...(options.listener === false ? {} : { callbacks: callbacks.port }),
    async respond({ url }) {
      const { pathname, searchParams } = new URL(url);
      const [value = ""] = searchParams.values();
      return (await pages[pathname]?.answer(value, url)) ?? { status: 404 };
    },
  });
}

describe("ssrf", () => {
  it("is proven by callbacks, and not where addresses are only repeated, checked, or followed by a bystander", async () => {
    const result = await scan(PAGES);
    await Promise.all(followed);
    expect(
      result
        .of("finding")
        .map(({ type, severity, instance: { url } }) => `${type} ${severity} ${new URL(url).pathname}`)
        .sort(),
    ).toEqual(["/begins", "/blind", "/health", "/shown"].map((path) => `ssrf high ${path}`));
    const kinds = result.of("evidence").map(({ kind }) => kind);
    expect(kinds).toEqual(Array(4).fill(["callback", "callback", "negative_control"]).flat());
    expect(result.logs.map(({ message }) => message)).toContain("addresses are followed wherever they stand");
    const amounts = result.requests.filter(({ url }) => url.includes("/amount"));
    expect(amounts.every(({ headers }) => headers.some(([name]) => name === "referer"))).toBe(true);
    // One for each parameter, two where an address was known, two more for a proof; a Referer at five endpoints.
    expect(result.requests.length).toBeLessThanOrEqual(13 + 5 * 2 + 5);
  });

  it("says that what is shown is the listener's answer", async () => {
    const result = await scan({ "/shown": PAGES["/shown"] as Page });
    expect(result.of("evidence")[0]).toMatchObject({
      location: { part: "response_body", offset: 0 },
      details: { channel: "http", isShown: true },
      snippet: expect.stringMatching(/GET \/[0-9a-f]{40}\.png/),
    });
  });

  it("is proven without a listener where the server says that a port refused, and not where it says so anyway", async () => {
    const result = await scan(
      {
        "/fetched": { query: "url=", answer: async (url) => ({ status: 500, body: await tryGet(url) }) },
        "/down": { query: "url=", answer: () => ({ body: "database: connect ECONNREFUSED 10.0.0.1:5432" }) },
        "/echo": { query: "url=", answer: (url) => ({ body: `Not found: ${url}` }) },
      },
      { listener: false },
    );
    expect(result.of("finding")).toMatchObject([
      { type: "ssrf", instance: { url: "http://app.test/fetched?url=" } },
    ]);
    expect(result.of("evidence").map(({ kind }) => kind)).toEqual(["pattern", "pattern", "negative_control"]);
    expect(result.logs).toContainEqual(
      expect.objectContaining({ level: "warn", message: "no callback listener is set up" }),
    );
  });

  it("fails when the listener goes away in between: what was asked then is no look", async () => {
    let asked = 0;
    const port = {
      ...callbacks.port,
      hits: async () => {
        asked += 1;
        return { ok: false, reason: "unavailable", detail: "Redis is away" } as const;
      },
    };
    const run = testPlugin(plugin, {
      endpoints: [endpoint("/linked", "link=x")],
      callbacks: port,
      respond: () => ({ body: "ok" }),
    });
    await expect(run).rejects.toThrow("callbacks are unavailable: Redis is away");
    expect(asked).toBe(1);
  });
});
