import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Problem } from "@picket/core";
import { type Ask, startTestApi, type TestApi } from "./support/test-api.ts";

let api: TestApi;
let token: string;

beforeAll(async () => {
  api = await startTestApi({ BODY_LIMIT_BYTES: "2048" });
  token = await api.tokenOf("admin");
});

afterAll(async () => {
  await api.stop();
});

async function problemFrom(method: string, path: string, ask: Ask = {}) {
  const { status, headers, body } = await api.ask(method, path, { token, ...ask });
  expect(headers.get("Content-Type")).toBe("application/problem+json; charset=utf-8");
  const problem = Problem.parse(body);
  expect(problem.status).toBe(status);
  expect(problem.errorId).toMatch(/^[0-9a-f-]{36}$/);
  return problem;
}

const json = { "Content-Type": "application/json" };

describe("problems", () => {
  it("name every wrong field at once, unknown ones included", async () => {
    const problem = await problemFrom("POST", "/targets?dry=1", {
      body: {
        projectId: "x",
        name: " ",
        baseUrl: "ftp://a/",
        environment: "prod",
        budget: { rps: 0, rsp: 5 },
        colour: "red",
      },
    });
    expect(problem.code).toBe("INVALID_INPUT");
    expect(problem.errors?.map(({ in: part, pointer }) => `${part} ${pointer}`).sort()).toEqual([
      "body /baseUrl",
      "body /budget/rps",
      "body /budget/rsp",
      "body /colour",
      "body /environment",
      "body /name",
      "body /projectId",
      "query /dry",
    ]);
  });

  it.each([
    ["an unknown route", "GET", "/nothing", {}, 404, "NOT_FOUND"],
    ["an id that is none", "GET", "/scans/1", {}, 400, "INVALID_INPUT"],
    ["a wrong limit", "GET", "/scans?limit=201", {}, 400, "INVALID_INPUT"],
    ["an unknown filter", "GET", "/scans?colour=red", {}, 400, "INVALID_INPUT"],
    ["a filter given twice", "GET", "/scans?status=queued&status=running", {}, 400, "INVALID_INPUT"],
    ["a cursor that is none", "GET", "/scans?cursor=abc", {}, 400, "INVALID_INPUT"],
    ["two filters where one is due", "GET", "/evidence", {}, 400, "INVALID_INPUT"],
    ["broken JSON", "POST", "/projects", { body: '{"name": ' }, 400, "INVALID_INPUT"],
    ["JSON that is no object", "POST", "/projects", { body: "[]" }, 400, "INVALID_INPUT"],
    ["no body", "POST", "/projects", {}, 400, "INVALID_INPUT"],
    ["text with NUL", "POST", "/projects", { body: { name: "a\0b" } }, 400, "INVALID_INPUT"],
    ["half a surrogate pair", "POST", "/projects", { body: '{"name":"\\ud800"}' }, 400, "INVALID_INPUT"],
    ["NUL in a filter", "GET", "/findings?q=%00", {}, 400, "INVALID_INPUT"],
    [
      "too many levels",
      "POST",
      "/scans",
      { body: `{"settings": ${"[".repeat(900)}${"]".repeat(900)}}` },
      400,
      "INVALID_INPUT",
    ],
    [
      "a prototype's name",
      "POST",
      "/projects",
      { body: '{"name":"x","__proto__":{}}' },
      400,
      "INVALID_INPUT",
    ],
    ["a broken escape", "GET", "/projects/%E0%A4%A", {}, 400, "INVALID_INPUT"],
    [
      "a body of another type",
      "POST",
      "/projects",
      { body: "name=x", headers: { "Content-Type": "text/plain" } },
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "another charset",
      "POST",
      "/projects",
      { body: "{}", headers: { "Content-Type": "application/json; charset=latin1" } },
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "a body that is too large",
      "POST",
      "/projects",
      { body: { name: "x".repeat(3_000) } },
      413,
      "PAYLOAD_TOO_LARGE",
    ],
  ] as [string, string, string, Ask, number, string][])(
    "answer %s",
    async (_name, method, path, ask, status, code) => {
      const problem = await problemFrom(method, path, ask);
      expect({ status: problem.status, code: problem.code }).toEqual({ status, code });
    },
  );

  it("name a body that nests too deep, which is not parsed", async () => {
    const { code, detail } = await problemFrom("POST", "/projects", {
      body: `${"[1,".repeat(600)}[1`,
      headers: json,
    });
    expect({ code, detail }).toEqual({
      code: "INVALID_INPUT",
      detail: "the body nests more than 500 levels deep",
    });
  });

  it("say which methods there are", async () => {
    const { status, headers } = await api.ask("PUT", "/projects", { token, body: "{}", headers: json });
    expect([status, headers.get("Allow")]).toEqual([405, "GET, HEAD, POST"]);
  });

  it("ask for a token by its scheme", async () => {
    const { status, headers } = await api.ask("GET", "/projects");
    expect([status, headers.get("WWW-Authenticate")]).toEqual([401, 'Bearer realm="picket"']);
  });
});

describe("every answer", () => {
  it("forbids a browser to run, frame, guess or keep it", async () => {
    const { headers } = await api.ask("GET", "/projects", { token });
    expect(headers.get("Content-Security-Policy")).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
    expect(headers.get("X-Powered-By")).toBeNull();
  });
});
