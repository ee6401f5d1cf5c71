import { describe, expect, it } from "@jest/globals";
import { hrefOf } from "@picket/core";
import { LINEAR_TIME_MS, processorTime } from "@picket/plugin-sdk/testing";
import { loosePlaces, xmlPlaces } from "./loose-places.ts";

const BASE = "http://shop.test/notes/x";
const shown = (references: ReturnType<typeof loosePlaces>) =>
  references.map(({ url }) => hrefOf(url).replace("http://shop.test", ""));

describe("loosePlaces", () => {
  it("reads what is meant as a place, without the sentence around it", () => {
    const text =
      "See http://shop.test/a/b. Removed: /old/list?id=1, (/b/c) and /backup.zip; either/or, 1/2, w/o, /word.";
    expect(shown(loosePlaces(text, BASE))).toEqual(["/a/b", "/old/list?id=1", "/b/c", "/backup.zip"]);
  });

  it("takes time in proportion to a hostile text", async () => {
    const texts = ["/a", "='", "( ", "http://", "/.,;:!?"].map((part) => part.repeat(60_000));
    expect(await processorTime(() => texts.map((text) => loosePlaces(text, BASE)))).toBeLessThan(
      LINEAR_TIME_MS,
    );
  });
});

describe("xmlPlaces", () => {
  it("reads links of feeds and addresses of elements, and no names of vocabularies", () => {
    const feed = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:x="http://shop.test/vocabulary"><link href="/entry/1"/>
      <item><link> http://shop.test/item/2 </link><title>not /this one</title></item></feed>`;
    expect(shown(xmlPlaces(feed, BASE))).toEqual(["/entry/1", "/item/2"]);
  });
});
