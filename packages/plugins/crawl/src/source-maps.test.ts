import { describe, expect, it } from "@jest/globals";
import { testHttpResponse } from "@picket/plugin-sdk/testing";
import { readResponse } from "./read-response.ts";

const BASE = "https://a.test/shop/";
const URL_OF_SCRIPT = "https://a.test/assets/main.js";

function named(body: string, type: string, headers: [string, string][] = []): string[] {
  const answer = testHttpResponse({ headers: [["content-type", type], ...headers], body });
  const response = { ...answer, url: URL_OF_SCRIPT };
  return readResponse(response, BASE).references.map(({ url }) => url.path);
}

const JS = "text/javascript";
const map = (more: object) => JSON.stringify({ version: 3, mappings: "AAAA", names: [], ...more });

describe("source maps", () => {
  it("are asked for where a script or its header says", () => {
    expect(named("let a = 1;\n//# sourceMappingURL=main.js.map\n", JS)).toEqual(["/assets/main.js.map"]);
    expect(named("let a = 1;", JS, [["sourcemap", "/maps/main.json"]])).toEqual(["/maps/main.json"]);
  });

  it("are not where a script carries its own, or speaks of one far from its end", () => {
    expect(named("let a;\n//# sourceMappingURL=data:application/json;base64,e30=", JS)).toEqual([]);
    expect(named(`//# sourceMappingURL=old.map\n${";".repeat(5_000)}`, JS)).toEqual([]);
  });

  it("are read for what the application's own sources ask for", () => {
    const sources = [
      "webpack://app/src/api.ts",
      "webpack://app/node_modules/x/index.js",
      "webpack://app/gone.ts",
    ];
    const sourcesContent = [
      'export const load = (id: number): Promise<Item> => fetch("/api/items?page=1");',
      'fetch("/not/ours")',
      null,
    ];
    expect(named(map({ sources, sourcesContent }), "application/json")).toEqual(["/api/items"]);
    expect(named(map({ sources }), "application/octet-stream")).toEqual([]);
  });
});
