import { describe, expect, it } from "@jest/globals";
import type { HttpRequest } from "@picket/core";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

function endpoint(url: string, method = "GET"): EndpointView {
  const parameters = method === "POST" ? [{ name: "name", in: "form" }] : [];
  const { pathname: route } = new URL(url);
  return { id: "1", method, url, route, parameters, source: "link" } as unknown as EndpointView;
}

const nameIn = ({ url, body }: HttpRequest) =>
  (body === undefined ? new URL(url).searchParams : new URLSearchParams(String(body))).get("name") ?? "";

async function scan(page: (name: string) => TestResponse, { method = "GET", value = "Knots" } = {}) {
  const url = method === "GET" ? `http://app.test/book?name=${value}` : "http://app.test/book";
  return testPlugin(plugin, {
    endpoints: [endpoint(url, method)],
    respond: (request) => page(nameIn(request)),
  });
}

/** As libraries say of an expression that is broken. */
const ERRORS: readonly [string, string][] = [
  ["libxml2", "Warning: SimpleXMLElement::xpath(): Invalid expression in /var/www/book.php on line 9"],
  ["libxml2", "lxml.etree.XPathEvalError: Unfinished literal"],
  [
    "Java",
    "javax.xml.xpath.XPathExpressionException: javax.xml.transform.TransformerException: misquoted literal",
  ],
  ["Java", "net.sf.saxon.trans.XPathException: Unmatched quote in expression"],
  [".NET", "System.Xml.XPath.XPathException: &#39;//book[title=&#39;&#39; has an invalid token."],
  ["Node", "Error: XPath parse error"],
  ["XPath", "XPST0003: Unexpected character"],
];

const FOUND: TestResponse = { body: "Ada Reef, 1987, of the sea and its ropes" };
const NOTHING: TestResponse = { body: "No book" };

/** What XPath makes of the value within these marks: null for an expression that it cannot read. */
function evaluated(value: string, own: string, open: string, close: string, word = "and"): boolean | null {
  if (value === own) return word === "and";
  const start = `${own}${open} ${word} `;
  if (!value.startsWith(start) || !value.endsWith(close)) return null;
  const [, text = "", length] =
    /^string-length\(string\((\d+)\)\)=(\d)$/.exec(value.slice(start.length, value.length - close.length)) ??
    [];
  return length === undefined ? null : text.length === Number(length);
}

describe("xpath-injection, by message", () => {
  it.each(ERRORS)("knows what %s says, in five requests", async (reader, body) => {
    const result = await scan((name) => (/['"]/.test(name) ? { status: 500, body } : FOUND));
    expect(result.of("finding")).toMatchObject([{ type: "xpath-injection" }]);
    expect(result.of("evidence")[0]?.details).toMatchObject({ technique: "error", reader });
    expect(result.requests).toHaveLength(5);
  });

  it("is found in a cookie that the target set, and not where it is only kept", async () => {
    const settings = { url: "http://app.test/find", headers: { "set-cookie": "name=ann; Path=/" } };
    const page = (reads: (cookie: string) => string) =>
      testPlugin(plugin, {
        endpoints: [],
        fetches: [settings],
        respond: ({ headers = [] }) => {
          const cookie = headers.find(([name]) => name === "cookie")?.[1] ?? "";
          return /['"]/.test(reads(decodeURIComponent(cookie)))
            ? { status: 500, body: "javax.xml.xpath.XPathExpressionException" }
            : { body: "Ann Weber" };
        },
      });
    const found = (await page((cookie) => cookie)).of("finding");
    expect(found).toMatchObject([{ instance: { parameter: { name: "name", in: "cookie" } } }]);
    expect((await page(() => "")).of("finding")).toEqual([]);
  });

  it.each<[string, (name: string) => TestResponse]>([
    ["a manual of them", () => ({ body: ERRORS[0]?.[1] ?? "" })],
    [
      "a firewall's refusal",
      (name) => (/['"]/.test(name) ? { status: 403, body: ERRORS[0]?.[1] ?? "" } : FOUND),
    ],
    [
      "MySQL's functions of XML",
      (name) => ({ body: /['"]/.test(name) ? "XPATH syntax error: '~5.7~'" : "Knots" }),
    ],
    ["an SQL error", (name) => ({ body: /['"]/.test(name) ? 'unrecognized token: "\'"' : "Knots" })],
  ])("is not claimed for %s", async (_, page) => {
    expect((await scan(page)).of("finding")).toEqual([]);
  });
});

describe("xpath-injection, by condition", () => {
  it.each<[string, string, string, string]>([
    ["string, and", "Knots", `'`, ` and '1'='1`],
    ["string in double quotes, and", "Knots", `"`, ` and "1"="1`],
    ["string, argument of a function, and", "Knots", `')`, ` and contains('1','1`],
    ["number, and", "17", "", ""],
  ])("is proven for a %s", async (context, value, open, close) => {
    const page = (name: string) => (evaluated(name, value, open, close) ? FOUND : NOTHING);
    const result = await scan(page, { value });
    expect(result.of("evidence")[0]?.details).toMatchObject({ context });
    expect(result.of("evidence").filter(({ kind }) => kind === "differential")).toHaveLength(7);
  });

  it("is proven where the value selects nothing, by what selects all", async () => {
    const page = (name: string) => (evaluated(name, "picket", `'`, ` or '1'='2`, "or") ? FOUND : NOTHING);
    const result = await scan(page, { method: "POST" });
    expect(result.of("evidence")[0]?.details).toMatchObject({ context: "string, or" });
  });

  it.each<[string, number, (name: string) => TestResponse]>([
    ["a value that nothing reads", 3, () => FOUND],
    ["a value that is looked up", 7, (name) => (name === "Knots" ? FOUND : NOTHING)],
    ["a refusal of quotes", 7, (name) => (/['"]/.test(name) ? { status: 400, body: "No quotes" } : FOUND)],
    [
      "SQL, which knows no such function",
      7,
      (name) =>
        name === "Knots" || /^Knots' and '\d+'='\d+$/.test(name) ? FOUND : { status: 500, body: "Oops" },
    ],
    ["balanced quotes", 13, (name) => (name.split("'").length % 2 && !name.includes('"') ? FOUND : NOTHING)],
  ])("is not claimed for %s", async (_, requests, page) => {
    const result = await scan(page);
    expect(result.of("finding")).toEqual([]);
    expect(result.requests.length).toBeLessThanOrEqual(requests);
  });
});
