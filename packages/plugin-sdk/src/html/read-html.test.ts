import { describe, expect, it } from "@jest/globals";
import { isShown, readHtml, titleOf } from "./read-html.ts";

const PAGE =
  '<!doctype html><title> A &amp; B </title><!-- note --><script>let a = "<b>";</script><p CLASS=x>One <b>two</b> &lt;three&gt;';

describe("readHtml", () => {
  const page = readHtml(PAGE);

  it("gives elements with where they begin and end", () => {
    expect(page.elements.map(({ name, start, end }) => [name, PAGE.slice(start, end)])).toEqual([
      ["title", "<title> A &amp; B </title>"],
      ["script", '<script>let a = "<b>";</script>'],
      ["p", "<p CLASS=x>One <b>two</b> &lt;three&gt;"],
      ["b", "<b>two</b>"],
    ]);
    expect(page.elements[2]?.attributes).toEqual({ class: "x" });
  });

  it("gives texts as they read, with what is around them", () => {
    expect(page.texts.filter(isShown).map(({ text }) => text)).toEqual(["One ", "two", " <three>"]);
    expect(page.texts.map(({ within }) => within.at(-1))).toEqual(["title", "script", "p", "b", "p"]);
    const last = page.texts.at(-1);
    expect(PAGE.slice(last?.start, last?.end)).toBe(" &lt;three&gt;");
  });

  it("gives comments and the title", () => {
    expect(page.comments).toEqual([{ text: " note ", start: PAGE.indexOf("<!-- ") }]);
    expect(titleOf(page)).toBe("A & B");
  });

  it("names the first and last elements around a text that is nested very deep", () => {
    const [text] = readHtml(`<main><template>${"<b>".repeat(100_000)}<i>deep`).texts;
    expect(text?.within).toHaveLength(64);
    expect(text?.within.slice(0, 3)).toEqual(["main", "template", "b"]);
    expect(text?.within.slice(-2)).toEqual(["b", "i"]);
  });
});
