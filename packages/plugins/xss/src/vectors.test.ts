import { describe, expect, it } from "@jest/globals";
import { answerOf, executionOf, type ReflectionContext, reflectionsOf } from "@picket/plugin-sdk/probe";
import { testHttpResponse } from "@picket/plugin-sdk/testing";
import { vectorsFor, vectorsForAll } from "./vectors.ts";

const NAME = "bdfghjkmnqvw";

/** Pages that write what they are sent as it is, one for each kind of place. */
const PLACES: readonly [string, (value: string) => string][] = [
  ["text", (value) => `<p>Results for ${value}</p>`],
  ["title", (value) => `<title>${value} - Shop</title>`],
  ["textarea", (value) => `<textarea>${value}</textarea>`],
  ["comment", (value) => `<!-- ${value} --><p>a</p>`],
  ["quoted attribute", (value) => `<input value="${value}">`],
  ["single-quoted attribute", (value) => `<input value='${value}'>`],
  ["unquoted attribute", (value) => `<input value=${value}>`],
  ["hidden field", (value) => `<input type="hidden" value="${value}">`],
  ["attribute of meta", (value) => `<meta content="${value}">`],
  ["link", (value) => `<a href="${value}">a</a>`],
  ["address of a script", (value) => `<script src="${value}"></script>`],
  ["handler", (value) => `<a onclick="go('${value}')">a</a>`],
  ["handler that is encoded", (value) => `<a onclick="go('${value.replaceAll("'", "&#39;")}')">a</a>`],
  ["tag name", (value) => `<${value}>`],
  ["attribute name", (value) => `<p ${value}>`],
  ["script string", (value) => `<script>var q = '${value}';</script>`],
  ["script string in double quotes", (value) => `<script>find("${value}", 1);</script>`],
  ["template literal", (value) => `<script>var q = \`${value}\`;</script>`],
  ["script code", (value) => `<script>var page = ${value};</script>`],
  ["script comment", (value) => `<script>// ${value}\nstart();</script>`],
  ["comment before code", (value) => `<script>/* ${value} */ var b = 2;</script>`],
  ["block comment", (value) => `<script>/* ${value} */ start();</script>`],
  ["JSON in a page", (value) => `<script type="application/json">{"q":"${value}"}</script>`],
  ["JSON in a script", (value) => `<script>var q = {"q":${JSON.stringify(value)}};</script>`],
  ["string with escaped quotes", (value) => `<script>a("${value.replaceAll('"', '\\"')}")</script>`],
  ["regular expression", (value) => `<script>var q = /${value}/;</script>`],
  [
    "string with escaped quotes, among others",
    (value) => `<script>init({ user: '${value.replaceAll("'", "\\'")}', list: [1], n: 1 });</script>`,
  ],
  ["pattern among others", (value) => `<script>find([/${value.replaceAll("<", "")}/i, 2]);</script>`],
  ["list of choices", (value) => `<select><option>${value}</option></select>`],
  [
    "document of a frame",
    (value) => `<iframe srcdoc="${value.replaceAll("<", "&lt;").replaceAll('"', "&quot;")}"></iframe>`,
  ],
  [
    "address that is a script",
    (value) => `<a href="javascript:go('${value.replaceAll("'", "&#39;")}')">a</a>`,
  ],
  [
    "text that is bound",
    (value) => `<div ng-app>${value.replaceAll("<", "&lt;").replaceAll("'", "&#39;")}</div>`,
  ],
  ["link without the word", (value) => `<a href="${value.replaceAll("javascript:", "")}">a</a>`],
  [
    "handler with escaped quotes",
    (value) => `<a onclick="go('${value.replaceAll("'", "\\'").replaceAll('"', "")}')">a</a>`,
  ],
  [
    "handler with quotes of its own",
    (value) => `<a onclick="go('${value.replaceAll("'", "\\'").replaceAll(/[<&]/g, "")}')">a</a>`,
  ],
  ["text without parentheses", (value) => `<p>${value.replaceAll(/[()]/g, "")}</p>`],
  ["text without the first sign", (value) => `<p>${value.replace("<", "&lt;")}</p>`],
  ["style", (value) => `<style>a { color: ${value} }</style>`],
];

function contextsOf(page: (value: string) => string): ReflectionContext[] {
  const answer = answerOf(testHttpResponse({ body: page(NAME) }));
  return reflectionsOf(answer, NAME).map(({ context }) => context);
}

describe("vectorsFor", () => {
  it.each(PLACES)("has a way out of %s that a browser runs", (_, page) => {
    const runs = vectorsForAll(contextsOf(page)).filter((vector) => {
      const body = page((vector.isBare ? "" : "kkkk") + vector.write(NAME));
      return executionOf(answerOf(testHttpResponse({ body })), NAME) !== null;
    });
    expect(runs.length).toBeGreaterThan(0);
  });

  it("has none where nothing runs", () => {
    expect(vectorsFor({ kind: "json" })).toEqual([]);
    expect(vectorsFor({ kind: "other", type: "text/plain" })).toEqual([]);
    expect(vectorsFor({ kind: "header", name: "location" })).toEqual([]);
  });

  it("tries the first way of each place before the second of any, and none twice", () => {
    const written = vectorsForAll([{ kind: "text" }, { kind: "comment" }, { kind: "text" }]).map((one) =>
      one.write("x"),
    );
    expect(written.slice(0, 2)).toEqual(["<<svg/onload=x()>", "--><svg/onload=x()>"]);
    expect(new Set(written).size).toBe(written.length);
  });
});
