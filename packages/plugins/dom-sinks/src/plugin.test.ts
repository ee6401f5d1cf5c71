import { describe, expect, it } from "@jest/globals";
import { type TestFetch, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const FLOW = 'out.innerHTML = new URLSearchParams(location.search).get("q")';

async function run(...fetches: Partial<TestFetch>[]) {
  return await testPlugin(plugin, { fetches: fetches.map((fetch) => ({ url: "/x", ...fetch })) });
}
const html = (body: string): Partial<TestFetch> => ({ headers: { "content-type": "text/html" }, body });
const typesOf = async (...fetches: Partial<TestFetch>[]) =>
  (await run(...fetches)).of("finding").map(({ type }) => type);

describe("dom-sinks", () => {
  it("reads scripts of pages and script files, and sends nothing", async () => {
    const file = { headers: { "content-type": "application/javascript; charset=utf-8" }, body: FLOW };
    expect(await typesOf(file)).toEqual(["dom-xss-sink"]);
    const result = await run(html(`<p>a</p><script>\n${FLOW}\n</script>`));
    expect(result.of("finding").map(({ type }) => type)).toEqual(["dom-xss-sink"]);
    expect(result.of("evidence").map(({ snippet }) => snippet)).toEqual([expect.stringContaining(FLOW)]);
    expect(result.requests).toEqual([]);
  });

  it("makes one finding of one way, wherever it shows", async () => {
    const pages = ["/a", "/b"].map((url) => ({ ...html(`<script>${FLOW}</script>`), url }));
    const found = (await run(...pages)).of("finding");
    expect(new Set(found.map(({ rootCause }) => JSON.stringify(rootCause)))).toHaveProperty("size", 1);
    expect(found).toHaveLength(2);
  });

  it.each([
    ["shown as text", html(`<pre>&lt;script>${FLOW}&lt;/script></pre><code>${FLOW}</code>`)],
    ["that is data", html(`<script type="application/json">"${FLOW.replaceAll('"', "'")}"</script>`)],
    ["of a template", html(`<script type="text/template">${FLOW}</script>`)],
    ["of a page that is not there", { ...html(`<script>${FLOW}</script>`), status: 404 }],
    ["in a text file", { headers: { "content-type": "text/plain" }, body: FLOW }],
  ])("leaves a script alone %s", async (_, fetch) => {
    expect(await typesOf(fetch)).toEqual([]);
  });
});
