import { describe, expect, it } from "@jest/globals";
import { parseWebUrl } from "@picket/core";
import { choiceOf, isEndlessPath, placeOf } from "./traps.ts";

const url = (path: string) => parseWebUrl(path, "http://a.test/");

describe("placeOf", () => {
  it.each([
    ["/a?x=1&y=2", "/a?y=2&x=1"],
    ["/a?x=1&PHPSESSID=abc", "/a?x=1&PHPSESSID=def"],
    ["/a;jsessionid=1?x=1", "/a;jsessionid=2?x=1"],
    ["/a?utm_source=mail", "/a"],
  ])("takes %s and %s for one page", (one, other) => expect(placeOf(url(one))).toBe(placeOf(url(other))));

  it("tells pages apart by their values", () =>
    expect(placeOf(url("/a?x=1"))).not.toBe(placeOf(url("/a?x=2"))));
});

describe("choiceOf", () => {
  it("reads the word that chooses a page, and no number", () => {
    expect(choiceOf(url("/index.php?page=news&id=3"))).toBe("page=news");
    expect(choiceOf(url("/list?page=3"))).toBe("");
  });
});

describe("isEndlessPath", () => {
  it.each(["/a/b/a/b/a/b", "/x/x/x", `/${"d/".repeat(17)}`])("knows %s", (path) =>
    expect(isEndlessPath(url(path))).toBe(true),
  );
  it.each(["/a/b/a/c", "/1/1/1/1", "/"])("takes %s for none", (path) =>
    expect(isEndlessPath(url(path))).toBe(false),
  );
});
