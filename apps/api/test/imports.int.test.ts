import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { sessionEndpoints, sessionKnownPlaces } from "@picket/db";
import { type SeededScan, seedScan } from "./support/seed.ts";
import { startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let token: string;
let scan: SeededScan;
let base: string;

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf("operator");
});

beforeEach(async () => {
  scan = await seedScan(api);
  base = (await api.ask("GET", `/targets/${scan.targetId}`, { token })).body.baseUrl;
});

afterAll(() => api.stop());

const send = (text: string) =>
  api.ask("POST", `/targets/${scan.targetId}/imports`, { token, body: { text } });

const request = (method: string, url: string, postData?: object) => ({ request: { method, url, postData } });
const recording = (...entries: object[]) => JSON.stringify({ log: { version: "1.2", entries } });

async function stored() {
  const { body } = await api.ask("GET", `/endpoints?target=${scan.targetId}`, { token });
  return body.items as { id: string; method: string; url: string; source: string; parameters: object[] }[];
}

describe("imports", () => {
  it("of a recording become endpoints that scans ask for and test, without what is secret", async () => {
    const form = {
      mimeType: "application/x-www-form-urlencoded",
      text: "q=tent&password=hunter2&csrf_token=abc",
    };
    const { status, body } = await send(
      recording(
        request("GET", `${base}items/7?sort=up&token=abcdef123456`),
        request("GET", `${base}items/7?sort=down&token=abcdef123456`),
        request("POST", `${base}find`, form),
        request("GET", "http://elsewhere.test/tracker?id=secret"),
        request("GET", "http://elsewhere.test/other"),
        request("OPTIONS", `${base}find`),
        request("GET", "data:text/plain,x"),
      ),
    );
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        format: "har",
        endpoints: 2,
        leftOut: [
          { reason: "other_host", count: 2, example: "http://elsewhere.test/tracker" },
          { reason: "method", count: 1, example: `${base}find` },
          { reason: "not_a_web_url", count: 1, example: "data:text/plain,x" },
        ],
      },
    });
    const endpoints = await stored();
    expect(endpoints).toMatchObject([
      {
        method: "POST",
        source: "import",
        parameters: [
          { name: "q", in: "form", example: "tent" },
          { name: "password", in: "form" },
          { name: "csrf_token", in: "form" },
        ],
      },
      { method: "GET", source: "import", url: expect.stringContaining("sort=down&token=[redacted:token") },
    ]);
    const page = { scanId: scan.scanId, after: null, limit: 10 };
    const ids = endpoints.map(({ id }) => id).sort();
    expect(
      (await sessionEndpoints(api.database.sql, { ...page, stage: "probe" })).map(({ id }) => id),
    ).toEqual(ids);
    expect((await sessionKnownPlaces(api.database.sql, page)).map(({ id }) => id)).toEqual(ids);
  });

  it("of a description in YAML start from the base URL, and come as often as they like", async () => {
    const text =
      "openapi: 3.1.0\npaths:\n  /pets/{id}:\n    get:\n      parameters:\n        - {name: id, in: path, example: 3}\n    delete: {}\n";
    for (let time = 0; time < 2; time++)
      expect((await send(text)).body).toEqual({ format: "openapi", endpoints: 2, leftOut: [] });
    expect((await stored()).map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
      `DELETE ${base}pets/1`,
      `GET ${base}pets/3`,
    ]);
  });

  it.each([
    ['{"log":{"entries":[', "no valid JSON"],
    ["a: [", "no valid YAML"],
    ['{"hello":"world"}', "neither a HAR 1.2 recording nor an OpenAPI 3 or Swagger 2 description"],
    [recording(), "names no requests"],
    [recording(request("GET", "http://elsewhere.test/x")), "none of its 1 requests is on"],
  ])("refuses %s: %s", async (text, words) => {
    const { status, body } = await send(text);
    expect({ status, code: body.code, detail: body.detail }).toMatchObject({
      status: 400,
      code: "INVALID_INPUT",
      detail: expect.stringContaining(words),
    });
    expect(await stored()).toEqual([]);
  });

  it("takes a file that is larger than other requests may be", async () => {
    const entries = Array.from({ length: 20_000 }, (_, index) =>
      request("GET", `${base}page?${"x".repeat(100)}=${index}`),
    );
    expect((await send(recording(...entries))).body).toMatchObject({ endpoints: 1 });
  });

  it("knows no target that is not there", async () => {
    const { status } = await api.ask("POST", "/targets/01a20019-917b-74f4-81ee-ba72ffc25ab5/imports", {
      token,
      body: { text: "x: 1" },
    });
    expect(status).toBe(404);
  });
});
