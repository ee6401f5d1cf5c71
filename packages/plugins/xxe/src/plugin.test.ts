import { describe, expect, it } from "@jest/globals";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/sh
bin:x:1:1:bin:/bin:/sbin/nologin
daemon:x:2:2:daemon:/sbin:/sbin/nologin
mail:x:8:12:mail:/var/mail:/sbin/nologin
`;

type Place = Partial<EndpointView> & Pick<EndpointView, "parameters">;

const XML: Place = { parameters: [{ name: "/order/item", in: "xml", example: "tent" }] };
const JSON_BODY: Place = { parameters: [{ name: "/item/name", in: "json", example: "tent" }] };

function scan(place: Place, answer: (body: string, type: string) => TestResponse) {
  return testPlugin(plugin, {
    endpoints: [
      {
        id: "1",
        method: "POST",
        url: "http://app.test/orders",
        route: "/orders",
        source: "import",
        ...place,
      } as EndpointView,
    ],
    respond: ({ body, headers }) =>
      answer(String(body), headers.find(([name]) => name === "content-type")?.[1] ?? ""),
  });
}

/** The first element's text with what the document defines, and what it loads. */
function parse(document: string, files: Readonly<Record<string, string>>): string {
  const text = /<(\w+)>([^<]*)<\/\1>/.exec(document)?.[2] ?? "";
  const entities = new Map(
    [...document.matchAll(/<!ENTITY (\w+) (SYSTEM )?"([^"]*)">/g)].map(
      ([, name = "", external, value = ""]) => [name, external === undefined ? value : (files[value] ?? "")],
    ),
  );
  const expand = (part: string) => part.replace(/&(\w+);/g, (_, name: string) => entities.get(name) ?? "");
  return expand(expand(text));
}

describe("xxe, without a listener", () => {
  it("is proven by a file that is shown", async () => {
    const result = await scan(XML, (body) => ({
      body: `Unknown item ${parse(body, { "file:///etc/passwd": PASSWD })}`,
    }));
    expect(result.of("finding")).toMatchObject([
      {
        type: "xxe",
        severity: "high",
        rootCause: { level: "route" },
        instance: { url: "http://app.test/orders" },
      },
    ]);
    expect(result.of("evidence").map(({ kind }) => kind)).toEqual([
      "content_proof",
      "content_proof",
      "negative_control",
    ]);
  });

  it("is no more than expanded entities where nothing is loaded, in JSON's place too", async () => {
    const result = await scan(JSON_BODY, (body, type) =>
      type === "application/xml" ? { body: parse(body, {}) } : { status: 415 },
    );
    expect(result.of("finding")).toMatchObject([{ type: "xml-entities-expanded", severity: "low" }]);
    expect(result.requests[0]?.body).toMatch(/<root><name>&e;<\/name><\/root>$/);
  });

  it("is looked for where nothing is known of a body, and in parameters that hold documents", async () => {
    expect((await scan({ parameters: [] }, () => ({ body: "ok" }))).requests).toHaveLength(1);
    const saml: Place = {
      parameters: [
        { name: "SAMLResponse", in: "form" },
        { name: "relay", in: "form" },
      ],
    };
    const result = await scan(saml, (body) => ({
      body: parse(new URLSearchParams(body).get("SAMLResponse") ?? "", {}),
    }));
    expect(result.of("finding")).toMatchObject([
      { type: "xml-entities-expanded", instance: { parameter: { name: "SAMLResponse", in: "form" } } },
    ]);
  });

  it("is found in a document that a member of JSON holds", async () => {
    const note: Place = { parameters: [{ name: "/note", in: "json", example: "<note><to>Ann</to></note>" }] };
    const noteIn = (body: string) => (body.startsWith("{") ? String(JSON.parse(body).note) : "");
    const files = { "file:///etc/passwd": PASSWD };
    const result = await scan(note, (body) => ({ body: parse(noteIn(body), files) }));
    expect(result.of("finding")).toMatchObject([
      { type: "xxe", instance: { parameter: { name: "/note", in: "json" } } },
    ]);
    expect((await scan(note, (body) => ({ body: noteIn(body) }))).of("finding")).toEqual([]);
  });

  it.each<[string, (body: string) => TestResponse]>([
    ["an echo", (body) => ({ body })],
    ["an echo without quotes and brackets", (body) => ({ body: body.replace(/[^\w]/g, "") })],
    ["a parser that expands nothing", (body) => ({ body: /<item>(.*)<\/item>/.exec(body)?.[1] ?? "" })],
    [
      "a parser that refuses a DTD",
      (body) => ({ status: body.includes("<!DOCTYPE") ? 400 : 200, body: "DOCTYPE is disallowed" }),
    ],
    ["a page that shows the file to everybody", () => ({ body: PASSWD })],
  ])("is not claimed of %s, in one request", async (_, answer) => {
    const result = await scan(XML, answer);
    expect(result.of("finding")).toEqual([]);
    expect(result.requests).toHaveLength(1);
  });
});
