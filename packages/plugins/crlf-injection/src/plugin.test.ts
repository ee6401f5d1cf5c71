import { describe, expect, it } from "@jest/globals";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestFetch, type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

function endpoint(path: string): EndpointView {
  return {
    id: path,
    method: "GET",
    url: `http://shop.test${path}`,
    route: "",
    parameters: [],
    source: "link",
  };
}

function scan(answer: (sent: string) => TestResponse, fetches: TestFetch[] = []) {
  return testPlugin(plugin, {
    baseUrl: "http://shop.test/",
    endpoints: [endpoint("/lang?l=en&x=1")],
    fetches,
    respond: ({ url }) => answer(url),
  });
}

/** The header of an answer that writes `text` as it is behind a field's name. */
function written(name: string, text: string): TestResponse {
  const [value = "", ...fields] = text.split(/\r?\n/);
  const added = fields
    .map((field) => field.split(": ") as [string, string])
    .filter(([, one]) => one !== undefined);
  return { headers: [[name, value], ...added] };
}

const parameter = (url: string, name: string) => new URL(url).searchParams.get(name) ?? "";

describe("crlf-injection", () => {
  it("finds a parameter that is written into a header, by two fields and a control", async () => {
    const { of, requests } = await scan((url) => written("x-language", parameter(url, "l")));
    expect(of("finding")).toMatchObject([
      { rootCause: { level: "parameter" }, instance: { parameter: { name: "l", in: "query" } } },
    ]);
    expect(of("evidence").map(({ kind }) => kind)).toEqual(["reflection", "reflection", "negative_control"]);
    expect(requests.every(({ url }) => !url.includes("/lang") || url.includes("x=1"))).toBe(true);
  });

  it("finds a line break past a filter for its first half", async () => {
    const { of } = await scan((url) => written("x-language", parameter(url, "l").replaceAll("\r", "")));
    expect(of("finding")).toHaveLength(1);
  });

  it("finds a redirect that decodes its path", async () => {
    const { of } = await scan(
      (url) => ({
        ...written("location", `https://shop.test${decodeURI(new URL(url).pathname)}`),
        status: 301,
      }),
      [{ url: "/old", status: 301 }],
    );
    expect(of("finding").map(({ instance }) => new URL(instance.url).pathname)).toEqual(["/", "/old"]);
  });

  it.each<[string, (url: string) => TestResponse]>([
    ["encodes it", (url) => ({ headers: { "x-language": encodeURIComponent(parameter(url, "l")) } })],
    ["drops line breaks", (url) => ({ headers: { "x-language": parameter(url, "l").replace(/\s/g, "") } })],
    ["writes it into the page", (url) => ({ body: parameter(url, "l") })],
    ["refuses it", () => ({ status: 400 })],
    ["does not answer", () => ({ ok: false, reason: "timed_out", detail: "" })],
  ])("finds nothing in a server that %s", async (_what, answer) => {
    expect((await scan(answer)).of("finding")).toEqual([]);
  });

  it("asks once of each parameter and twice of the base URL when nothing comes back in a header", async () => {
    expect((await scan(() => ({ body: "hello" }))).requests).toHaveLength(2 + 2);
  });
});
