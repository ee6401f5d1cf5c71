import { posix, win32 } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
`;
const FILES: Readonly<Record<string, string>> = {
  "/etc/passwd": PASSWD,
  "/etc/hosts": "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n",
  "/var/www/pages/home.html": "<p>Home</p>",
  "C:\\windows\\win.ini": "; for 16-bit app support\r\n[fonts]\r\n[extensions]\r\n",
};

function scan(page: (name: string) => TestResponse, query = "file=home.html") {
  const endpoint = {
    id: "1",
    method: "GET",
    url: `http://app.test/show?${query}`,
    route: "/show",
    parameters: [],
    source: "link",
  } as unknown as EndpointView;
  return testPlugin(plugin, {
    endpoints: [endpoint],
    respond: ({ url }) => page([...new URL(url).searchParams.values()][0] ?? ""),
  });
}

function read(path: string): TestResponse {
  const body = FILES[path];
  return body === undefined ? { status: 404, body: "No such file" } : { body };
}

/** PHP writes a slash with a backslash before it. */
const phpJson = (text: string) => JSON.stringify({ text }).replaceAll("/", "\\/");

const below = (name: string) => read(posix.join("/var/www/pages", name));

describe("path-traversal", () => {
  it.each<[string, (name: string) => TestResponse]>([
    ["a name that is joined to a folder", below],
    ["a name that is taken as it is", (name) => read(posix.resolve("/var/www/pages", name))],
    ["a filter that drops ../ once", (name) => below(name.replaceAll("../", ""))],
    [
      "a filter before decoding",
      (name) => (name.includes("../") ? read("") : below(decodeURIComponent(name))),
    ],
    [
      "a name that must end in .html",
      (name) => (name.endsWith(".html") ? below(name.split("\0")[0] ?? "") : read("")),
    ],
    [
      "a filter that looks for two dots, and decoding after it",
      (name) => (name.includes("..") ? read("") : below(decodeURIComponent(name))),
    ],
    ["a file in JSON", (name) => ({ body: phpJson(FILES[posix.join("/var/www/pages", name)] ?? "") })],
    ["Windows", (name) => read(win32.join("C:\\www\\pages", name.replaceAll("/", "")))],
    [
      "a file in a page",
      (name) => ({ body: `<html><pre>${FILES[posix.join("/var/www/pages", name)] ?? ""}</pre></html>` }),
    ],
  ])("is proven for %s", async (_, page) => {
    const result = await scan(page);
    expect(result.of("finding")).toMatchObject([{ type: "path-traversal", severity: "high" }]);
    const kinds = result.of("evidence").map(({ kind }) => kind);
    expect(kinds).toEqual(["content_proof", "content_proof", "negative_control", "negative_control"]);
  });

  it("is proven where a name must begin with its folder", async () => {
    const page = (name: string) =>
      name.startsWith("pages/") ? read(posix.join("/var/www", name)) : read("");
    expect((await scan(page, "x=pages%2Fhome.html")).of("finding")).toHaveLength(1);
  });

  it.each<[string, (name: string) => TestResponse]>([
    ["a name that stays in its folder", (name) => read(posix.join("/var/www/pages", posix.basename(name)))],
    ["a site that shows it for every name", () => ({ body: PASSWD })],
    ["an article about it", () => ({ body: "A line such as root:x:0:0:root:/root:/bin/bash …" })],
    ["a block page", (name) => ({ status: 403, body: `Blocked ${name} root:x:0:0` })],
  ])("is not claimed for %s", async (_, page) => {
    const result = await scan(page);
    expect(result.of("finding")).toEqual([]);
  });

  /** `/reports/may.txt`, of which the server decodes the last segment so many times. */
  function scanFile(path: string, decodings: number) {
    const view = { id: "1", method: "GET", parameters: [], source: "link" };
    return testPlugin(plugin, {
      endpoints: [{ ...view, url: `http://app.test${path}`, route: path } as unknown as EndpointView],
      respond: ({ url }) => {
        let name = new URL(url).pathname.replace(/^.*\//, "");
        for (let count = 0; count < decodings; count++) name = decodeURIComponent(name);
        return decodings === 0 ? read("") : below(name);
      },
    });
  }

  it.each([1, 2])("is proven for a file that is named in the path, decoded %i times", async (decodings) => {
    const { of } = await scanFile("/reports/may.txt", decodings);
    const parameter = { name: "/reports/{file}", in: "path" };
    expect(of("finding")).toMatchObject([{ type: "path-traversal", instance: { parameter } }]);
  });

  it("costs three requests for a file that is named in the path", async () => {
    expect((await scanFile("/reports/may.txt", 0)).requests).toHaveLength(3);
  });

  it("costs one request where nothing speaks of a file, and ten where something does", async () => {
    expect((await scan(below, "q=tent")).requests.length).toBeLessThanOrEqual(5);
    expect((await scan(() => read(""), "q=tent")).requests).toHaveLength(1);
    expect((await scan(() => read(""), "file=a/home.html")).requests).toHaveLength(10);
  });
});

/** PHP's include of a name with a suffix: files below the script, wrappers, `data:` where URLs may be included. */
function include(name: string, mayIncludeUrls: boolean): string {
  const [, filters, resource = name] = /^php:\/\/filter\/([^/]+)\/resource=(.*)$/.exec(name) ?? [];
  const [, program] = /^data:,<\?php echo ([^;]+);\?>/.exec(name) ?? [];
  if (program && mayIncludeUrls) {
    const [, before, a, b, after] = /^'(\w+)'\.\((\d+)\*(\d+)\)\.'(\w+)'$/.exec(program) ?? [];
    return `${before}${Number(a) * Number(b)}${after}`;
  }
  if (resource !== "home.php") return "";
  const layers = filters?.split("|") ?? [];
  return layers.length === 0 ? "<p>Home</p>" : layers.reduce((text) => btoa(text), "<?php echo $title;");
}

describe("file-inclusion", () => {
  it.each([
    ["a program in the name", true, "program in the name"],
    ["the source of a program", false, "source of the program"],
  ])("is proven by %s", async (_, mayIncludeUrls, technique) => {
    const page = (name: string) => ({ body: `<h1>Site</h1>${include(`${name}.php`, mayIncludeUrls)}` });
    const result = await scan(page, "page=home");
    expect(result.of("finding")).toMatchObject([{ type: "file-inclusion", severity: "critical" }]);
    expect(result.of("evidence").map(({ kind }) => kind)).toEqual([
      "content_proof",
      "content_proof",
      "negative_control",
    ]);
    expect(result.of("evidence")[0]?.details).toMatchObject({ technique });
  });

  it.each<[string, (name: string) => string]>([
    ["an echo", (name) => `No page ${name}`],
    ["a page that shows a program in Base64", () => btoa("<?php echo 'an example of what to send'; ?>")],
    ["what encodes the name", (name) => btoa(`<?php include '${name}';`)],
  ])("is not claimed for %s", async (_, page) => {
    const result = await scan((name) => ({ body: page(name) }), "page=home");
    expect(result.of("finding")).toEqual([]);
  });
});
