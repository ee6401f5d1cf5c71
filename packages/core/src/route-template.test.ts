import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { learnTemplates, type ObservedPath, routeFor } from "./route-template.ts";
import { routeOf } from "./web-url.ts";

const NONE: ReadonlySet<string> = new Set();
const WORDS = [
  "red",
  "tent",
  "ridge",
  "walk",
  "alpine",
  "rope",
  "stove",
  "lamp",
  "sock",
  "boot",
  "map",
  "hut",
];

function get(paths: readonly string[]): ObservedPath[] {
  return paths.map((path) => ({ method: "GET", path }));
}

function slugs(count: number, parent = "/product"): string[] {
  return Array.from(
    { length: count },
    (_, index) => `${parent}/${WORDS[index % 12]}-${WORDS[(index * 5) % 12]}-x${index}`,
  );
}

function names(count: number, parent = "/user"): string[] {
  const letter = (index: number) => String.fromCharCode(97 + (index % 26));
  return Array.from({ length: count }, (_, index) => `${parent}/a${letter(index)}${letter(index / 26)}`);
}

function templatesOf(paths: readonly ObservedPath[], known = NONE): Set<string> {
  return new Set([...known, ...learnTemplates(known, paths).map(({ template }) => template)]);
}

const segment = fc.constantFrom(
  "product",
  "user",
  "red-tent",
  "blue-tent",
  "u1",
  "u2",
  "alice",
  "7",
  "a.js",
  "%C3%A9",
  "",
);
const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join("/")}`);
/** Enough alike that something is learned. */
const siblings = fc
  .tuple(
    fc.constantFrom("/product", "/x/product", "/product/red-tent"),
    fc.integer({ min: 8, max: 14 }),
    fc.constantFrom("", "/reviews"),
  )
  .map(([parent, count, rest]) => slugs(count, parent).map((one) => one + rest));
const observed = fc
  .tuple(fc.array(path, { maxLength: 10 }), fc.array(siblings, { maxLength: 3 }))
  .map(([some, many]) => get([...some, ...many.flat()]));

describe("learnTemplates", () => {
  it("takes ten values that are not only words, under one parent and method, for examples of one route", () => {
    expect(learnTemplates(NONE, get(slugs(9)))).toEqual([]);
    expect(learnTemplates(NONE, get(slugs(10)))).toEqual([{ template: "/product/{slug}", examples: 10 }]);
    const halves = slugs(18).map((one, index) => ({ method: index % 2 ? "GET" : "POST", path: one }));
    expect(learnTemplates(NONE, halves)).toEqual([]);
  });

  it("takes fifty plain words for names, and fewer for programs", () => {
    expect(learnTemplates(NONE, get(names(49)))).toEqual([]);
    expect(learnTemplates(NONE, get(names(50)))).toEqual([{ template: "/user/{name}", examples: 50 }]);
  });

  it("takes a dozen functions for programs, whose names are words with hyphens", () => {
    const calls = ["create", "cancel", "list", "get"].flatMap((verb) =>
      ["order", "user", "report", "line_item"].map((noun) => `/api/${verb}-${noun}`),
    );
    expect(learnTemplates(NONE, get(calls))).toEqual([]);
    const many = names(50, "/blog").map((one) => `${one}-walk`);
    expect(learnTemplates(NONE, get(many))).toEqual([{ template: "/blog/{slug}", examples: 50 }]);
  });

  it("takes pages at the root for pages", () => {
    expect(learnTemplates(NONE, get(slugs(49, "")))).toEqual([]);
  });

  it("learns nothing from files, whatever hashes are in their names", () => {
    const files = Array.from({ length: 60 }, (_, index) => `/assets/index.4f2a${index}c07.js`);
    expect(learnTemplates(NONE, get(files))).toEqual([]);
  });

  it("learns what is below a learned position from all values together", () => {
    const paths = slugs(12).flatMap((product, index) => [product, `${product}/offer-${index}`]);
    expect([...templatesOf(get(paths))]).toEqual(["/product/{slug}", "/product/{slug}/{slug}"]);
  });

  it("gives the same in any order, and nothing when all is known", () => {
    fc.assert(
      fc.property(
        observed.chain((paths) =>
          fc.tuple(fc.constant(paths), fc.shuffledSubarray(paths, { minLength: paths.length })),
        ),
        ([paths, shuffled]) => {
          expect(learnTemplates(NONE, shuffled)).toEqual(learnTemplates(NONE, paths));
          expect(learnTemplates(templatesOf(paths), paths)).toEqual([]);
        },
      ),
    );
  });

  it("gives the same routes whether paths come at once or scan by scan", () => {
    fc.assert(
      fc.property(observed, fc.nat(40), (paths, split) => {
        const early = templatesOf(paths.slice(0, split));
        const bySteps = templatesOf(paths, early);
        const atOnce = templatesOf(paths);
        for (const one of paths) expect(routeFor(bySteps, one.path)).toBe(routeFor(atOnce, one.path));
      }),
    );
  });

  it("never tells apart what was one route before", () => {
    fc.assert(
      fc.property(observed, observed, path, path, (first, later, one, other) => {
        const before = templatesOf(first);
        fc.pre(routeFor(before, one) === routeFor(before, other));
        const after = templatesOf([...first, ...later], before);
        expect(routeFor(after, one)).toBe(routeFor(after, other));
      }),
    );
  });
});

describe("routeFor", () => {
  it.each([
    ["/product/brand-new", "/product/{slug}"],
    ["/product/search", "/product/search"],
    ["/product/7", "/product/{id}"],
    ["/product/list.html", "/product/list.html"],
    ["/product/red-tent/reviews", "/product/{slug}/reviews"],
    ["/product/", "/product/"],
    ["/other/red-tent", "/other/red-tent"],
    ["/", "/"],
  ])("makes %s the route %s", (given, route) => {
    expect(routeFor(new Set(["/product/{slug}"]), given)).toBe(route);
  });

  it("is routeOf where nothing was learned", () => {
    fc.assert(fc.property(path, (one) => expect(routeFor(NONE, one)).toBe(routeOf(one))));
  });
});
