import { describe, expect, it } from "@jest/globals";
import { createRunNotes } from "./run-notes.ts";

describe("createRunNotes", () => {
  it("keeps the latest figures of each message, and nothing but figures", () => {
    const notes = createRunNotes();
    notes.add("crawl finished", { pages: 1 });
    notes.add("crawl finished", { pages: 200, outside: 0, url: "http://app.test/?token=x", ok: true });
    notes.add("words only", { url: "x" });
    expect(notes.notes()).toEqual({ "crawl finished": { pages: 200 } });
  });

  it("keeps no more messages than a plugin needs", () => {
    const notes = createRunNotes();
    for (let index = 0; index < 30; index++) notes.add(`message ${index}`, { index: index + 1 });
    notes.add("message 3", { index: 99 });
    expect(Object.keys(notes.notes())).toHaveLength(20);
    expect(notes.notes()["message 3"]).toEqual({ index: 99 });
  });
});
