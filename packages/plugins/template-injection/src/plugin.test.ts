import { runInNewContext } from "node:vm";
import { describe, expect, it } from "@jest/globals";
import type { EndpointView } from "@picket/plugin-sdk";
import { testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const GREET = {
  id: "1",
  method: "GET",
  url: "http://app.test/greet?name=Ann",
  route: "/greet",
  parameters: [],
  source: "link",
} as unknown as EndpointView;

function scan(page: (name: string) => string, status = 200) {
  return testPlugin(plugin, {
    endpoints: [GREET],
    respond: ({ url }) => ({
      status,
      headers: { "content-type": "text/html" },
      body: page(new URL(url).searchParams.get("name") ?? ""),
    }),
  });
}

/** An engine that evaluates what stands between its signs. */
const engine = (signs: RegExp) => (name: string) =>
  `Hello ${name.replace(signs, (_, sum: string) => (/\*/.test(sum) ? String(runInNewContext(sum)) : ""))}`;

describe("template-injection", () => {
  it.each([
    ["braces", /\{\{([\d*]+)\}\}/g, 4],
    ["dollar and brace", /\$\{([\d*]+)\}/g, 4],
    ["percent signs", /<%=([\d*]+)%>/g, 5],
    ["single braces", /(?<![{$#])\{([\d*]+)\}(?!\})/g, 6],
    ["at sign", /@\(([\d*]+)\)/g, 7],
    ["set", /#set\(\$q=([\d*]+)\)\$q/g, 8],
    ["sections", /\{\{#(\w+)\}\}7\{\{\/\1\}\}/g, 9],
  ])("is proven for an engine of %s", async (_, signs, requests) => {
    const result = await scan(engine(signs));
    expect(result.of("finding")).toMatchObject([
      { type: "template-injection", severity: "critical", instance: { parameter: { name: "name" } } },
    ]);
    expect(result.of("evidence").map(({ kind }) => kind)).toEqual([
      "content_proof",
      "content_proof",
      "negative_control",
    ]);
    expect(result.requests).toHaveLength(requests);
  });

  it.each<[string, number, (name: string) => string]>([
    ["a value that does not come back", 4, () => "Hello"],
    ["an echo", 10, (name) => `Hello ${name}`],
    ["a calculator", 10, (name) => `Hello ${name.replace(/(\d+)\*(\d+)/g, (_, a, b) => String(a * b))}`],
    ["numbers that are there anyway", 10, (name) => `Hello ${name} 2147483647 49`],
    ["signs that are taken out", 10, (name) => `Hello ${name.replace(/[^\w ]/g, "")}`],
    ["braces that are taken out", 10, (name) => `Hello ${name.replace(/\{\{[^}]*\}\}/g, "")}`],
  ])("is not claimed for %s", async (_, requests, page) => {
    const result = await scan(page);
    expect(result.of("finding")).toEqual([]);
    expect(result.requests.length).toBeLessThanOrEqual(requests);
  });
});

/** What PHP prints for `print(…)` of words and a product at the start of the code; null: there is none. */
function printed(code: string): string | null {
  const [, inner] = /^print\(((?:base_convert\(\d+,10,36\)|\(\d+\*\d+\)|\.)+)\)/.exec(code) ?? [];
  const terms = inner?.match(/\d+,10,36|\d+\*\d+/g) ?? [];
  const texts = terms.map((term) => {
    const [first = 0, second = 0] = term.split(/[,*]/).map(Number);
    return term.includes("*") ? String(first * second) : first.toString(36);
  });
  return inner ? texts.join("") : null;
}

describe("code-injection", () => {
  it.each<[string, (value: string) => string | undefined]>([
    ["an expression", (value) => value],
    ["single quotes", (value) => /^[^']*'\.(.*)/.exec(value)?.[1]],
    ["double quotes", (value) => /\{\$\{(print.*)\}\}/.exec(value)?.[1]],
    [
      "double quotes, all quotes escaped",
      (value) => /\{\$\{(print.*)\}\}/.exec(value.replaceAll("'", "\\'"))?.[1],
    ],
  ])("is proven for a value in %s", async (_, codeIn) => {
    const result = await scan((value) => `Result: ${printed(codeIn(value) ?? "") ?? "error"}`);
    expect(result.of("finding")).toMatchObject([{ type: "code-injection", severity: "critical" }]);
    expect(result.requests).toHaveLength(4);
  });

  it.each<[string, (value: string) => string]>([
    ["an expression", (value) => value],
    ["a function's result", (value) => `(() => { return ${value}; })()`],
    ["single quotes", (value) => `'${value}'`],
    ["double quotes", (value) => `"${value}"`],
    ["a template literal of which the end shows", (value) => `\`${value}\`.slice(13)`],
  ])("is proven for a value that JavaScript runs in %s", async (_, codeOf) => {
    const result = await scan((value) => {
      try {
        return `Result: ${runInNewContext(codeOf(value))}`;
      } catch {
        return "Invalid formula";
      }
    });
    expect(result.of("finding")).toMatchObject([{ type: "code-injection" }]);
    expect(result.requests.length).toBeLessThanOrEqual(11);
  });

  /** What Python and Ruby make of a text, `%` and a product, at the start of the code or after a string that ends. */
  const formatted = (code: string) =>
    /^(?:'[^"]*'\+)?"(\w+)%d(\w+)"%\((\d+)\*(\d+)\)\+'.*'$/.exec(code)?.slice(1) ?? [];

  it.each<[string, (value: string) => string]>([
    ["an expression", (value) => value],
    ["single quotes", (value) => /^(?:[^']*)'\+(.*)\+'$/.exec(value)?.[1]?.concat("+''") ?? ""],
  ])("is proven for a value that Python runs in %s", async (_, codeOf) => {
    const result = await scan((value) => {
      const [before, after, a, b] = formatted(codeOf(value));
      return before ? `Result: ${before}${Number(a) * Number(b)}${after}` : "Invalid formula";
    });
    expect(result.of("evidence")[0]?.details).toMatchObject({ engines: "Python, Ruby" });
    expect(result.requests).toHaveLength(6);
  });
});
