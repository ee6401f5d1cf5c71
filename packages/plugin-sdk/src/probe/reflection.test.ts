import { describe, expect, it } from "@jest/globals";
import { testHttpResponse } from "../testing/http-response.ts";
import { LINEAR_TIME_MS, processorTime } from "../testing/processor-time.ts";
import { answerOf } from "./answer.ts";
import { createMarker, shuffled } from "./random.ts";
import { type ReflectionContext, reflectionsOf } from "./reflection.ts";

const MARK = "bdfghjkmnqvw";

function contextsIn(body: string, type = "text/html"): ReflectionContext[] {
  const answer = answerOf(testHttpResponse({ body, headers: [["content-type", type]] }));
  return reflectionsOf(answer, MARK).map(({ context }) => context);
}

const attribute = {
  kind: "attribute",
  element: "input",
  name: "value",
  role: "plain",
  isWhole: true,
  place: null,
} as const;

describe("reflectionsOf", () => {
  it.each<[string, string, ReflectionContext[]]>([
    ["text", `<p>You asked for ${MARK}</p>`, [{ kind: "text" }]],
    ["twice in one text", `<p>${MARK}, ${MARK}</p>`, [{ kind: "text" }, { kind: "text" }]],
    ["title", `<title>${MARK}</title>`, [{ kind: "raw-text", element: "title" }]],
    ["textarea", `<textarea><b>${MARK}</b></textarea>`, [{ kind: "raw-text", element: "textarea" }]],
    ["comment", `<!-- <b>${MARK}</b> -->`, [{ kind: "comment" }]],
    ["unclosed comment", `<!-- ${MARK}`, [{ kind: "comment" }]],
    ["quoted attribute", `<input value="${MARK}">`, [{ ...attribute, quoting: "double" }]],
    ["single-quoted attribute", `<input value = '${MARK}'>`, [{ ...attribute, quoting: "single" }]],
    ["unquoted attribute", `<input value=${MARK}>`, [{ ...attribute, quoting: "none" }]],
    ["within a value", `<input value="a ${MARK}">`, [{ ...attribute, quoting: "double", isWhole: false }]],
    ["attribute name", `<input ${MARK}>`, [{ kind: "attribute-name", element: "input" }]],
    ["tag name", `<${MARK}>`, [{ kind: "tag-name" }]],
    ["style", `<style>p { color: ${MARK} }</style>`, [{ kind: "style" }]],
    ["script code", `<script>var a = ${MARK};</script>`, [{ kind: "script", place: "code" }]],
    [
      "script string",
      `<script>a('${MARK}')</script>`,
      [{ kind: "script", place: "single-quoted", tail: ")" }],
    ],
    [
      "script object",
      `<script>go({a: "${MARK}"});</script>`,
      [{ kind: "script", place: "double-quoted", tail: "})" }],
    ],
    ["template literal", `<script>a = \`x\${1} ${MARK}\`</script>`, [{ kind: "script", place: "template" }]],
    ["script comment", `<script>// ${MARK}\nb()</script>`, [{ kind: "script", place: "line-comment" }]],
    [
      "a string in a comment",
      `<script>/* a "quote' */ b = "${MARK}"</script>`,
      [{ kind: "script", place: "double-quoted" }],
    ],
    ["regular expression", `<script>a = /'${MARK}/</script>`, [{ kind: "script", place: "regexp" }]],
    ["JSON in a page", `<script type="application/json">{"q":"${MARK}"}</script>`, [{ kind: "data-block" }]],
  ])("tells %s", (_, body, expected) => {
    expect(contextsIn(body)).toEqual(expected);
  });

  it("tells addresses, styles and handlers from plain values", () => {
    const roles = contextsIn(
      `<a href="${MARK}" style="x:${MARK}" onclick="go('${MARK}')" title="${MARK}">a</a>`,
    ).map((context) => context.kind === "attribute" && [context.role, context.place]);
    expect(roles).toEqual([
      ["url", null],
      ["style", null],
      ["handler", "single-quoted"],
      ["plain", null],
    ]);
  });

  it("finds what a browser makes of broken markup", () => {
    expect(contextsIn(`<table><tr><b title=${MARK}><td>${MARK}`)).toHaveLength(2);
    expect(contextsIn(`<svg><style><a title="</style>${MARK}">`)).toHaveLength(1);
  });

  it("does not take text, JSON or a download for a page", () => {
    expect(contextsIn(`<b>${MARK}</b>`, "text/plain")).toEqual([{ kind: "other", type: "text/plain" }]);
    expect(contextsIn(`{"q":"<b>${MARK}"}`, "application/problem+json")).toEqual([{ kind: "json" }]);
    const download = testHttpResponse({
      body: `<b>${MARK}</b>`,
      headers: [
        ["content-type", "text/html"],
        ["content-disposition", "attachment; filename=a.html"],
      ],
    });
    expect(reflectionsOf(answerOf(download), MARK)[0]?.context.kind).toBe("other");
  });

  it("guesses where no type is given, unless that is forbidden", () => {
    const page = (headers: [string, string][]) =>
      reflectionsOf(answerOf(testHttpResponse({ body: `<html><p>${MARK}</p>`, headers })), MARK)[0]?.context;
    expect(page([])).toEqual({ kind: "text" });
    expect(page([["x-content-type-options", "nosniff"]])).toEqual({ kind: "other", type: null });
  });

  it("sees headers, and gives offsets", () => {
    const response = testHttpResponse({
      body: `<p>${MARK}</p>`,
      headers: [
        ["content-type", "text/html"],
        ["location", `/next?q=${MARK}`],
      ],
    });
    expect(reflectionsOf(answerOf(response), MARK)).toEqual([
      { context: { kind: "header", name: "location" }, offset: 8 },
      { context: { kind: "text" }, offset: 3 },
    ]);
  });

  it("reads a page of deep nesting in bounded time", async () => {
    const read = () => {
      expect(contextsIn(`${"<div>".repeat(400)}${MARK}`)).toHaveLength(1);
      expect(contextsIn(`${"<div>".repeat(50_000)}${MARK}`)).toEqual([]);
      contextsIn(`<script>${"[".repeat(200_000)}${MARK}</script>`);
    };
    expect(await processorTime(read)).toBeLessThan(LINEAR_TIME_MS);
  });
});

describe("markers", () => {
  it("are words of letters that spell nothing a filter looks for", () => {
    const markers = Array.from({ length: 50 }, createMarker);
    expect(new Set(markers).size).toBe(50);
    for (const marker of markers) expect(marker).toMatch(/^[bdfghjkmnqvwxz]{12}$/);
    expect(shuffled([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
  });
});
