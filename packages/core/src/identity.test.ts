import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { dedupeKeyText, parametersText, placeTexts } from "./identity.ts";
import { FindingEvent, type Instance, type RootCause } from "./plugin-event.ts";
import { parseWebUrl } from "./web-url.ts";

const TARGET = "http://app.test";
const ROUTE: RootCause = { level: "route", key: "" };

function instance(path: string, method = "GET", parameter?: Instance["parameter"]): Instance {
  return { method, url: `${TARGET}${path}`, ...(parameter ? { parameter } : {}) };
}

function key(place: Instance, rootCause: RootCause = ROUTE, type = "open-redirect"): string {
  return dedupeKeyText({ type, rootCause, instance: place });
}

const text = fc.string({ minLength: 1, maxLength: 40 });
const level = fc.constantFrom<RootCause["level"]>("target", "route", "parameter", "component");

describe("dedupeKeyText", () => {
  it("does not change with title, description, severity, remediation, references or evidence", () => {
    const wording = fc.record({
      title: text,
      description: text,
      severity: fc.constantFrom("critical", "high", "medium", "low", "info"),
      remediation: text,
      references: fc.constantFrom([], ["https://example.com/a"]),
      cwe: fc.integer({ min: 1, max: 999 }),
      evidence: fc.array(text, { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(wording, wording, level, (one, other, causeLevel) => {
        const identity = {
          event: "finding",
          type: "sql-injection",
          rootCause: { level: causeLevel, key: "k" },
          instance: instance("/item/7?id=1", "POST", { name: "id", in: "query" }),
        };
        const [first, second] = [one, other].map((words) =>
          dedupeKeyText(FindingEvent.parse({ ...identity, ...words })),
        );
        expect(second).toBe(first);
      }),
    );
  });

  it.each([
    ["http://app.test/a", "http://app.test:80/a"],
    ["http://app.test/a", "HTTP://APP.test/a"],
    ["http://app.test/a", "http://app.test./a#fragment"],
    ["http://app.test/a/b", "http://app.test/a/./x/../b"],
    ["http://app.test/a", "http://app.test/a?order=1&by=2"],
    ["http://app.test/user/17/edit", "http://app.test/user/9000/edit"],
    ["http://app.test/é", "http://app.test/%c3%A9"],
    ["http://app.test/~me", "http://app.test/%7Eme"],
    ["http://app.test/a|b", "http://app.test/a%7Cb"],
    ["http://app.test/cart;jsessionid=1A", "http://app.test/cart;jsessionid=[redacted:session]"],
    ["http://app.test/cart;jsessionid=1A", "http://app.test/cart"],
    ["http://app.test/cars;colour=red", "http://app.test/cars;colour=blue"],
    ["http://[::1]/a", "http://[0:0:0:0:0:0:0:1]/a"],
  ])("is one for the equivalent places %s and %s", (one, other) => {
    expect(key({ method: "GET", url: one })).toBe(key({ method: "GET", url: other }));
    expect(placeTexts({ method: "GET", url: one })).toEqual(placeTexts({ method: "GET", url: other }));
  });

  it("does not depend on the case of a header's name, and on that of any other parameter", () => {
    const of = (name: string, position: "header" | "query") =>
      key(instance("/a", "GET", { name, in: position }), { level: "parameter", key: "" });
    expect(of("X-Name", "header")).toBe(of("x-name", "header"));
    expect(of("Name", "query")).not.toBe(of("name", "query"));
  });

  it.each([
    ["/admin/users", "/admin/roles"],
    ["/login;jsessionid=1A", "/admin;jsessionid=1A"],
    ["/login;jsessionid=[redacted:session]", "/admin;jsessionid=[redacted:session]"],
    ["/a%2Fb", "/a/b"],
    ["/a", "/a/"],
    ["/cars;colour=red", "/cars;size=4"],
    ["/%7Bid%7D", "/5"],
    ["/de/about", "/en/about"],
    ["/404.html", "/500.html"],
  ])("tells the places %s and %s apart", (one, other) => {
    expect(key(instance(one))).not.toBe(key(instance(other)));
  });

  it("differs when type, root cause, port, route, method or parameter differ", () => {
    const id = { name: "id", in: "query" } as const;
    const level = "parameter";
    const keys = [
      key(instance("/a", "GET", id), { level, key: "" }),
      key(instance("/a", "GET", id), { level, key: "" }, "other-type"),
      key(instance("/a", "GET", id), { level, key: "x" }),
      key(instance("/b", "GET", id), { level, key: "" }),
      key({ ...instance("/a", "GET", id), url: `${TARGET}:8080/a` }, { level, key: "" }),
      key(instance("/a", "POST", id), { level, key: "" }),
      key(instance("/a", "GET", { ...id, name: "di" }), { level, key: "" }),
      key(instance("/a", "GET", { ...id, in: "cookie" }), { level, key: "" }),
      key(instance("/a"), { level, key: "" }),
      key(instance("/a"), { level: "route", key: "" }),
      key(instance("/a"), { level: "target", key: "" }),
      key(instance("/a"), { level: "component", key: "" }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("differs for different parts, wherever their borders are", () => {
    const part = fc.stringMatching(/^[a-z0-9:-]{1,8}$/);
    fc.assert(
      fc.property(part, part, part, part, (type, cause, otherType, otherCause) => {
        fc.pre(type !== otherType || cause !== otherCause);
        const [one, other] = [
          [type, cause],
          [otherType, otherCause],
        ].map(([name = "", causeKey = ""]) => key(instance("/"), { level: "target", key: causeKey }, name));
        expect(other).not.toBe(one);
      }),
    );
  });

  it("is one for a target or component cause, wherever it shows", () => {
    for (const causeLevel of ["target", "component"] as const) {
      const cause = { level: causeLevel, key: "hsts" };
      const places = [
        instance("/"),
        instance("/b", "POST"),
        instance("/c", "GET", { name: "q", in: "query" }),
      ];
      expect(new Set(places.map((place) => key(place, cause))).size).toBe(1);
    }
  });

  it("has its version in front", () => {
    expect(key(instance("/a"))).toBe("2:v213:open-redirect5:route0:2:802:/a3:GET0:");
  });
});

describe("placeTexts", () => {
  it("tells places of one finding apart by port, route, method and parameter", () => {
    const places = [
      instance("/a"),
      instance("/b"),
      { method: "GET", url: `${TARGET}:8080/a` },
      instance("/a", "POST"),
      instance("/a", "GET", { name: "q", in: "query" }),
      instance("/a", "GET", { name: "q", in: "header" }),
    ];
    expect(new Set(places.map((place) => placeTexts(place).instance)).size).toBe(places.length);
  });
});

describe("keys by learned routes", () => {
  const route = (path: string) => path.replace(/^\/product\/[^/]+/, "/product/{slug}");

  it("are one for paths of one route, and only for those", () => {
    const [red, blue, cart] = ["/product/red", "/product/blue", "/cart"].map((path) => instance(path));
    for (const text of [
      (place: Instance) => dedupeKeyText({ type: "x", rootCause: ROUTE, instance: place }, route),
      (place: Instance) => placeTexts(place, route).instance,
      (place: Instance) => placeTexts(place, route).location,
    ]) {
      const keys = [red, blue, cart].flatMap((place) => (place ? [text(place)] : []));
      expect(keys[0]).toBe(keys[1]);
      expect(keys[0]).not.toBe(keys[2]);
    }
  });
});

describe("parametersText", () => {
  it("depends on the distinct names alone: not on values, order, repetition or where they are given", () => {
    const name = fc.stringMatching(/^[a-z&=%+ ]{1,6}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 6 }), fc.nat(6), (names, split) => {
        const query = new URLSearchParams(names.slice(0, split).map((item) => [item, "x"]));
        const inQuery = parametersText(parseWebUrl(`${TARGET}/?${query}`), names.slice(split).toReversed());
        expect(inQuery).toBe(parametersText(parseWebUrl(`${TARGET}/`), [...names, ...names]));
      }),
    );
  });

  it("differs for different sets of names", () => {
    const texts = [[], ["a"], ["b"], ["a", "b"], ["ab"], ["a,b"]].map((names) =>
      parametersText(parseWebUrl(`${TARGET}/`), names),
    );
    expect(new Set(texts).size).toBe(texts.length);
  });
});
