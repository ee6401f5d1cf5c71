import { describe, expect, it } from "@jest/globals";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

type CallbackPort = NonNullable<NonNullable<Parameters<typeof testPlugin>[1]>["callbacks"]>;
type Hit = Extract<Awaited<ReturnType<CallbackPort["hits"]>>, { ok: true }>["hits"][number];

const LISTENER = "http://listener.example/";

/** A listener's hits, and the application's way to make one: `fetch` asks for an address as the application would. */
function listener(leastWaitMs: number) {
  const hits: Hit[] = [];
  let issued = 0;
  const callbacks: CallbackPort = {
    async probe() {
      issued += 1;
      const token = String(issued).padStart(40, "0");
      return { ok: true, token, httpUrl: `${LISTENER}${token}`, dnsName: null, answer: `answer-${token}` };
    },
    hits: async (tokens, waitMs) => ({
      ok: true,
      hits: hits.filter(({ token }) => waitMs >= leastWaitMs && tokens.includes(token)),
    }),
  };
  function fetch(address: string): string {
    const token = /\d{40}/.exec(address)?.[0];
    if (!token || URL.parse(address)?.hostname !== new URL(LISTENER).hostname) return "";
    const at = "2026-01-01T00:00:00Z";
    hits.push({ token, channel: "http", at, from: "192.0.2.1", what: "GET /", agent: "" });
    return `answer-${token}`;
  }
  return { callbacks, fetch };
}

interface Application {
  readonly parameter: string;
  readonly example?: string;
  answer(value: string, fetch: (address: string) => string): TestResponse;
  readonly callbacks?: "off";
  /** How long after it was told the application asks, ms. */
  readonly afterMs?: number;
}

function scan({ parameter, example, answer, callbacks: off, afterMs = 0 }: Application) {
  const { callbacks, fetch } = listener(afterMs);
  const parameters = [{ name: parameter, in: "query", ...(example !== undefined && { example }) }];
  const url = `http://app.test/preview?${parameter}=${encodeURIComponent(example ?? "")}`;
  const endpoint = { id: "1", method: "GET", url, route: "/preview", source: "crawl", parameters };
  return testPlugin(plugin, {
    endpoints: [endpoint as EndpointView],
    ...(off === undefined && { callbacks }),
    respond: (request) => answer(new URL(request.url).searchParams.get(parameter) ?? "", fetch),
  });
}

describe("ssrf", () => {
  it("is proven by two addresses that were asked for, and one that was not sent there", async () => {
    const result = await scan({
      parameter: "url",
      answer: (value, fetch) => ({ body: `<p>${fetch(value)}</p>` }),
    });
    expect(result.of("finding")).toMatchObject([
      { type: "ssrf", severity: "high", instance: { parameter: { name: "url", in: "query" } } },
    ]);
    const kinds = result.of("evidence").map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "callback")).toHaveLength(2);
    expect(kinds).toContain("negative_control");
  });

  it("is medium where nothing shows that the server reaches what is inside", async () => {
    const result = await scan({
      parameter: "url",
      answer: (value, fetch) => ({ body: fetch(value) === "" ? "no" : "thank you" }),
    });
    expect(result.of("finding")).toMatchObject([{ type: "ssrf", severity: "medium" }]);
  });

  it("is proven for what a queue fetches seconds later, up to a limit", async () => {
    const queue = (value: string, fetch: (address: string) => string) => ({
      status: fetch(value) === "" ? 400 : 202,
    });
    const late = await scan({ parameter: "url", afterMs: 9_000, answer: queue });
    expect(late.of("finding")).toMatchObject([{ type: "ssrf" }]);
    const never = await scan({ parameter: "url", afterMs: 11_000, answer: queue });
    expect(never.of("finding")).toEqual([]);
    expect(never.requests).toHaveLength(2);
  });

  it("is proven for one that asks at once beside one that asks later", async () => {
    const { callbacks, fetch } = listener(0);
    const lateTokens = new Set<string>();
    const hits: CallbackPort["hits"] = async (tokens, waitMs) => {
      const found = await callbacks.hits(tokens, waitMs);
      return found.ok
        ? { ok: true, hits: found.hits.filter(({ token }) => waitMs >= 9_000 || !lateTokens.has(token)) }
        : found;
    };
    const endpoints = ["soon", "late"].map((path) => {
      const url = `http://app.test/${path}?url=`;
      const parameters = [{ name: "url", in: "query" }];
      return { id: path, method: "GET", url, route: `/${path}`, source: "crawl", parameters };
    });
    const result = await testPlugin(plugin, {
      endpoints: endpoints as unknown as EndpointView[],
      callbacks: { ...callbacks, hits },
      respond: ({ url }) => {
        const value = new URL(url).searchParams.get("url") ?? "";
        const token = /\d{40}/.exec(value)?.[0];
        if (token && url.includes("/late")) lateTokens.add(token);
        return { body: fetch(value) === "" ? "no" : "thank you" };
      },
    });
    expect(result.of("finding")).toHaveLength(2);
    const refs = result.of("evidence").map(({ ref }) => ref);
    expect(new Set(refs).size).toBe(refs.length);
  });

  it("gets past a check of how the known address begins", async () => {
    const example = "http://images.example/logo.png";
    const result = await scan({
      parameter: "src",
      example,
      answer: (value, fetch) => ({
        body: value.startsWith("http://images.example") ? fetch(value) : "refused",
      }),
    });
    expect(result.of("finding").map(({ type }) => type)).toEqual(["ssrf"]);
  });

  it.each<[string, Application]>([
    [
      "that is only repeated",
      { parameter: "url", answer: (value) => ({ body: `<a href="${value}">open</a>` }) },
    ],
    [
      "held against a list",
      {
        parameter: "url",
        example: "https://partner.example/feed",
        answer: (value, fetch) => ({
          body: URL.parse(value)?.hostname === "partner.example" ? fetch(value) : "",
        }),
      },
    ],
  ])("is not claimed of an address %s", async (_, application) => {
    expect((await scan(application)).of("finding")).toEqual([]);
  });

  it("is told by a port that refused, where there is no listener", async () => {
    const answer = (value: string): TestResponse =>
      URL.parse(value)?.hostname === "127.0.0.1"
        ? { status: 500, body: `Error: connect ECONNREFUSED 127.0.0.1:${new URL(value).port}` }
        : { body: "Invalid URL" };
    const result = await scan({ parameter: "url", answer, callbacks: "off" });
    expect(result.of("finding")).toMatchObject([{ type: "ssrf", severity: "high" }]);
    const always = await scan({
      parameter: "url",
      answer: () => ({ body: "connect ECONNREFUSED" }),
      callbacks: "off",
    });
    expect(always.of("finding")).toEqual([]);
  });

  it("sends nothing where no address can be meant", async () => {
    const result = await scan({ parameter: "quantity", example: "3", answer: () => ({ body: "" }) });
    expect(result.requests.filter(({ url }) => url.includes(LISTENER) || url.includes("listener"))).toEqual(
      [],
    );
  });
});
