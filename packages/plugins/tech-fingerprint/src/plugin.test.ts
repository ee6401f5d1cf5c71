import { describe, expect, it } from "@jest/globals";
import { type TestFetch, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const HTML = "text/html";

const SHOP: TestFetch[] = [
  {
    url: "/product/2",
    headers: { "content-type": HTML, server: "Apache/2.4.54 (Debian)", "x-powered-by": "PHP/7.4.33" },
    body: '<meta name="Generator" content="WordPress 6.1.1"><script src="/jquery.js"></script>',
  },
  {
    url: "/product/1",
    headers: { "content-type": HTML, server: "Apache/2.4.54 (Debian)", "x-powered-by": "PHP/7.4.33" },
    body: '<script src="/jquery-1.12.4.min.js"></script>',
  },
  {
    url: "/login",
    headers: { "content-type": HTML, "set-cookie": "PHPSESSID=[redacted]; Path=/" },
    body: "",
  },
  {
    url: "/jquery-1.12.4.min.js",
    headers: { "content-type": "text/javascript", server: "Apache/2.4.54 (Debian)" },
    body: "/*! jQuery v1.12.4 */",
  },
];

describe("tech-fingerprint", () => {
  it("names each product once, with its best proof and a CPE where the version is stated", async () => {
    const { of, requests } = await testPlugin(plugin, { fetches: SHOP });
    expect(
      of("component").map(({ name, version, cpe, confidence }) => ({ name, version, cpe, confidence })),
    ).toEqual([
      {
        name: "Apache HTTP Server",
        version: "2.4.54",
        cpe: "cpe:2.3:a:apache:http_server:2.4.54:*:*:*:*:*:*:*",
        confidence: 60,
      },
      { name: "PHP", version: "7.4.33", cpe: "cpe:2.3:a:php:php:7.4.33:*:*:*:*:*:*:*", confidence: 80 },
      {
        name: "WordPress",
        version: "6.1.1",
        cpe: "cpe:2.3:a:wordpress:wordpress:6.1.1:*:*:*:*:*:*:*",
        confidence: 80,
      },
      {
        name: "jQuery",
        version: "1.12.4",
        cpe: "cpe:2.3:a:jquery:jquery:1.12.4:*:*:*:*:*:*:*",
        confidence: 85,
      },
    ]);
    expect(requests).toEqual([]);
  });

  it("reads the footer of Tomcat's own error pages, and no page that writes about it", async () => {
    const footer = "<html><body><h1>HTTP Status 404</h1><h3>Apache Tomcat/9.0.70 (Debian)</h3></body></html>";
    const at = (status: number): TestFetch => ({
      url: "/x",
      status,
      headers: { "content-type": HTML },
      body: footer,
    });
    const { of } = await testPlugin(plugin, { fetches: [at(404)] });
    expect(of("finding").map(({ title }) => title)).toEqual([
      "Apache Tomcat states its version (error page)",
    ]);
    expect(of("component").map(({ name, version }) => `${name} ${version}`)).toEqual([
      "Apache Tomcat 9.0.70",
    ]);
    expect((await testPlugin(plugin, { fetches: [at(200)] })).of("finding")).toEqual([]);
  });

  it("reports banners that state a version, by place and product, one instance for each route", async () => {
    const { of } = await testPlugin(plugin, { fetches: SHOP });
    const found = of("finding").map(
      ({ rootCause, instance }) => `${rootCause.key} ${new URL(instance.url).pathname}`,
    );
    expect(found.sort()).toEqual([
      "meta generator WordPress /product/2",
      "server Apache HTTP Server /jquery-1.12.4.min.js",
      "server Apache HTTP Server /product/1",
      "x-powered-by PHP /product/1",
    ]);
  });

  it("gives the same events in whatever order the fetches come", async () => {
    const withoutIds = (events: unknown) => JSON.stringify(events).replaceAll(/"fetchId":"[^"]+",?/g, "");
    const [one, other] = await Promise.all([
      testPlugin(plugin, { fetches: SHOP }),
      testPlugin(plugin, { fetches: SHOP.toReversed() }),
    ]);
    expect(withoutIds(one.events)).toBe(withoutIds(other.events));
  });

  it("quotes what a CPE must quote and reports two versions as two components", async () => {
    const { of } = await testPlugin(plugin, {
      fetches: [
        {
          url: "/a",
          headers: { "content-type": HTML },
          body: '<meta name="generator" content="Joomla! 3.9">',
        },
        {
          url: "/b",
          headers: { "content-type": HTML },
          body: '<meta name="generator" content="Joomla! 4.2+x">',
        },
      ],
    });
    expect(of("component").map(({ cpe }) => cpe)).toEqual([
      "cpe:2.3:a:joomla:joomla\\!:3.9:*:*:*:*:*:*:*",
      "cpe:2.3:a:joomla:joomla\\!:4.2\\+x:*:*:*:*:*:*:*",
    ]);
  });

  it("says nothing of a site that states nothing", async () => {
    const { events } = await testPlugin(plugin, {
      fetches: [
        { url: "/", headers: { "content-type": HTML, server: "nginx" }, body: "<p>" },
        { url: "/x", headers: { "content-type": "application/json" }, body: '"jQuery v1.12.4"' },
      ],
    });
    const kinds = events.flatMap((event) => (event.event === "pack" ? event.events : [event]));
    expect(kinds.map(({ event }) => event)).toEqual(["evidence", "component"]);
  });
});
