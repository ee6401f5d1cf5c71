import { describe, expect, it } from "@jest/globals";
import { parseWebUrl } from "@picket/core";
import { looksLikeAsset } from "@picket/plugin-sdk/surface";
import { createFrontier, type Frontier } from "./frontier.ts";

const LIMITS = { maxPages: 100, maxDepth: 5, maxPagesPerRoute: 3, skipDestructive: true };

function frontier(limits: Partial<typeof LIMITS> = {}): Frontier {
  const created = createFrontier({ ...LIMITS, ...limits }, "/");
  created.addRequested(parseWebUrl("http://shop.test/"));
  return created;
}

function offer(to: Frontier, ...paths: string[]) {
  return paths.map((path) =>
    to.offer({
      method: "GET",
      url: parseWebUrl(path, "http://shop.test/"),
      parameters: [],
      source: "link",
      isRequestable: true,
    }),
  );
}

describe("createFrontier", () => {
  it("reports an endpoint once and queues its page once", () => {
    const known = frontier();
    const [first, again] = offer(known, "/a?x=1", "/a?x=1");
    expect(first).toMatchObject({ url: "http://shop.test/a?x=1", parameters: [{ name: "x", in: "query" }] });
    expect(again).toBeNull();
    expect(known.nextLevel()).toEqual(["http://shop.test/a?x=1"]);
    expect(known.nextLevel()).toEqual([]);
  });

  it("never queues another host or port, and counts them", () => {
    const known = frontier();
    expect(offer(known, "http://other.test/", "http://shop.test:8080/", "http://other.test/")).toEqual([
      null,
      null,
      null,
    ]);
    expect(known.leftOut.outside).toBe(2);
    expect(known.nextLevel()).toEqual([]);
  });

  it("queues the same pages in whatever order they were offered", () => {
    const paths = ["/b", "/a", "/product/3", "/product/10", "/product/2", "/product/1"];
    const [one, other] = [frontier({ maxPages: 6 }), frontier({ maxPages: 6 })];
    offer(one, ...paths);
    offer(other, ...paths.toReversed());
    expect(one.nextLevel()).toEqual(other.nextLevel());
    expect(one.leftOut).toMatchObject({ routeCap: 1, pageCap: 0 });
  });

  it.each([
    ["identifiers", ["/p/1", "/p/2", "/p/3", "/p/4"]],
    ["wordy names", ["/b/a-b-c", "/b/d-e-f", "/b/g-h-i", "/b/j-k-l"]],
    ["query values", ["/s?q=a", "/s?q=b", "/s?q=c", "/s?q=d"]],
  ])("counts pages that differ only in %s as one route", (_what, paths) => {
    const known = frontier();
    offer(known, ...paths);
    expect(known.nextLevel()).toHaveLength(3);
    expect(known.leftOut.routeCap).toBe(1);
  });

  it("counts files that the server runs by their names, however alike they are", () => {
    const known = frontier();
    offer(known, ...[1, 2, 3, 4].map((n) => `/case0${n}-attribute-value.jsp`));
    expect(known.nextLevel()).toHaveLength(4);
  });

  it("asks for more pages of a template where they name programs of their own, and no more where they do not", () => {
    const known = frontier({ maxPages: 1_000 });
    offer(known, ...Array.from({ length: 40 }, (_, n) => `/test/t${n}`));
    const requested: string[] = [];
    for (let level = known.nextLevel(); level.length > 0; level = known.nextLevel())
      for (const href of level) {
        if (href.includes("/act")) continue;
        const before = known.programs;
        offer(known, requested.length < 7 ? `/act?own${requested.length}=1` : "/act?shared=1");
        requested.push(href);
        if (known.programs > before) known.giveRoom(href);
      }
    // Three at first, and three for each of the eight that named something new.
    expect(requested).toHaveLength(27);
    expect(known.leftOut.routeCap).toBe(13);
  });

  it("takes parameters that add up at one place for one program", () => {
    const known = frontier();
    offer(known, "/shop?colour=1", "/shop?size=1", "/shop?colour=1&size=1", "/shop?colour=1&brand=1&size=1");
    expect(known.programs).toBe(2);
    offer(known, "/shop?term=1", "/other?colour=1&size=1");
    expect(known.programs).toBe(4);
  });

  it("stops at the depth cap and counts what is left", () => {
    const known = frontier({ maxDepth: 1 });
    offer(known, "/a");
    expect(known.nextLevel()).toHaveLength(1);
    offer(known, "/b");
    expect(known.nextLevel()).toEqual([]);
    expect(known.leftOut.depthCap).toBe(1);
  });

  it("reports a destructive link but requests it only when told to", () => {
    const [careful, bold] = [frontier(), frontier({ skipDestructive: false })];
    expect(offer(careful, "/logout")[0]).toMatchObject({ url: "http://shop.test/logout" });
    offer(bold, "/logout");
    expect(careful.nextLevel()).toEqual([]);
    expect(bold.nextLevel()).toEqual(["http://shop.test/logout"]);
  });

  it("tells a bounded number of places apart", () => {
    const known = frontier();
    offer(known, ...Array.from({ length: 50_001 }, (_, index) => `/x?n=${index}`));
    expect(known.leftOut.placeCap).toBe(1);
  });

  it("leaves out parameters that the contract does not carry", () => {
    const [endpoint] = offer(frontier(), `/a?=1&${"x".repeat(257)}=1&ok=1`);
    expect(endpoint?.parameters).toEqual([{ name: "ok", in: "query", example: "1" }]);
  });
});

describe("looksLikeAsset", () => {
  it("knows pictures and styles, but requests scripts and pages", () => {
    const isAsset = (path: string) => looksLikeAsset(parseWebUrl(path, "http://a.test"));
    expect(["/a.PNG", "/style.css", "/doc.pdf"].every(isAsset)).toBe(true);
    expect(["/app.js", "/a.php", "/png", "/page?file=a.png"].some(isAsset)).toBe(false);
  });
});
