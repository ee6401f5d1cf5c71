import { describe, expect, it } from "@jest/globals";
import type { HttpRequest } from "@picket/core";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const APP = "http://app.test";

function endpoint(path: string, { method = "GET", names = [] as string[], route = path } = {}): EndpointView {
  const parameters = names.map((name) => ({ name, in: "json" }));
  const view = { id: path, method, url: APP + path, route: route.split("?")[0], parameters, source: "link" };
  return view as unknown as EndpointView;
}

const TRACE = `TypeError: tags.split is not a function
    at /srv/app/routes/report.js:12:31
    at Layer.handleRequest (/srv/app/node_modules/router/lib/layer.js:152:17)`;

const OK: TestResponse = { body: "Report of 2024" };
const failure = (body: string, status = 500): TestResponse => ({
  status,
  headers: { "content-type": "text/plain" },
  body,
});

const isJson = ({ body }: HttpRequest) => {
  try {
    JSON.parse(String(body));
    return true;
  } catch {
    return false;
  }
};

const REPORT = endpoint("/report?tags=a&year=2024");
const ITEM = endpoint("/item/7", { route: "/item/{number}" });
const SAVE = endpoint("/save", { method: "POST", names: ["/name"] });

function scan(respond: (request: HttpRequest) => TestResponse, endpoints = [REPORT]) {
  return testPlugin(plugin, { endpoints, respond });
}

const query = ({ url }: HttpRequest) => new URL(url).searchParams;

describe("error-handling", () => {
  it.each<[string, EndpointView, (request: HttpRequest) => boolean]>([
    ["an object in place of a text", REPORT, (request) => !query(request).has("tags")],
    ["a word in place of a number", REPORT, (request) => Number.isNaN(Number(query(request).get("year")))],
    ["a word in the path", ITEM, ({ url }) => !/\d$/.test(url)],
    ["broken JSON", SAVE, (request) => request.method === "POST" && !isJson(request)],
  ])("finds a trace that %s brings out, in three requests", async (_, place, isMalformed) => {
    const result = await scan((request) => (isMalformed(request) ? failure(TRACE) : OK), [place]);
    expect(result.of("finding")).toMatchObject([
      { type: "verbose-error", severity: "low", rootCause: { key: "stack-trace Node.js" } },
    ]);
    expect(result.of("evidence").map(({ kind }) => kind)).toEqual([
      "content_proof",
      "content_proof",
      "negative_control",
    ]);
    expect(result.requests).toHaveLength(3);
  });

  it.each([
    ["Node.js", "Error: ENOENT: no such file or directory, open '/srv/app/files/zq'"],
    ["Python", "[Errno 2] No such file or directory: '/srv/app/files/zq'"],
    ["Java", "java.io.FileNotFoundException: /srv/app/files/zq (No such file or directory)"],
    ["Go", "open /srv/app/files/zq: no such file or directory"],
    ["Ruby", "Errno::ENOENT: No such file or directory @ rb_sysopen - /srv/app/files/zq"],
  ])("finds the path that %s names in a message", async (language, message) => {
    const result = await scan(
      (request) => (query(request).get("file") === "a.txt" ? OK : failure(JSON.stringify({ message }))),
      [endpoint("/download?file=a.txt")],
    );
    expect(result.of("finding")).toMatchObject([{ rootCause: { key: `file-name ${language}` } }]);
  });

  it("finds debug pages", async () => {
    const page = `<html><body><script>var EVALEX = true, EVALEX_TRUSTED = false;</script></body></html>`;
    const broken: TestResponse = { status: 500, headers: { "content-type": "text/html" }, body: page };
    const result = await scan((request) => (query(request).get("year") === "2024" ? OK : broken));
    expect(result.of("finding")).toMatchObject([{ type: "provoked-debug-page", severity: "medium" }]);
  });

  it.each<[string, number, (request: HttpRequest) => TestResponse]>([
    ["handles errors", 1, (request) => (query(request).has("tags") ? OK : failure("Something went wrong"))],
    ["explains errors whatever it is asked", 3, () => ({ body: TRACE })],
    [
      "fails once",
      3,
      (() => {
        let count = 0;
        return () => (count++ === 0 ? failure(TRACE) : OK);
      })(),
    ],
    ["is shielded by a firewall that shows a trace", 1, () => failure(TRACE, 403)],
    ["says what was wrong", 1, () => failure('{"error":"year must be a number: /year"}', 400)],
  ])("finds nothing in a place that %s", async (_, requests, respond) => {
    const result = await scan(respond);
    expect(result.of("finding")).toEqual([]);
    expect(result.requests.length).toBeLessThanOrEqual(requests);
  });

  it("asks one cause at five places, and JSON at five", async () => {
    const pages = Array.from({ length: 9 }, (_, index) => endpoint(`/page${index}?q=a`));
    const saves = Array.from({ length: 9 }, (_, index) =>
      endpoint(`/save${index}`, { method: "POST", names: ["/name"] }),
    );
    const shown = await scan((request) => (query(request).has("q") ? OK : failure(TRACE)), pages);
    expect(shown.requests).toHaveLength(5 * 3 + 4);
    const quiet = await scan(() => OK, saves);
    expect(quiet.requests).toHaveLength(5);
  });

  it("sends nothing to what looks destructive, takes nothing, or sends forms", async () => {
    const endpoints = [
      endpoint("/delete?id=1"),
      endpoint("/cancel", { method: "POST", names: ["/id"] }),
      endpoint("/about"),
      { ...endpoint("/form", { method: "POST" }), parameters: [{ name: "a", in: "form" }] } as EndpointView,
    ];
    expect((await scan(() => OK, endpoints)).requests).toEqual([]);
  });
});
