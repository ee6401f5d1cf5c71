import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { bodyText } from "../body-text.ts";
import { definePlugin } from "../define-plugin.ts";
import { testPlugin } from "./index.ts";

const echo = definePlugin({
  name: "echo",
  description: "Reports every recorded page that holds a word.",
  version: "1.0.0",
  requiredCapabilities: ["http:passive"],
  stage: "inspect",
  emits: ["word-found"],
  config: z.object({ word: z.string().default("secret") }),
  async *run(_scan, { session, settings, http, control }) {
    for await (const fetch of session.fetches({ contentTypes: ["text/html"] })) {
      const offset = bodyText(await fetch.body()).indexOf(settings.word);
      if (offset < 0) continue;
      const live = await http.get(fetch.url);
      const random = await control.randomPath(fetch.url);
      if (!live.ok || (random.ok && random.status === 200)) continue;
      yield {
        event: "evidence",
        ref: fetch.id,
        kind: "pattern",
        snippet: settings.word,
        location: { part: "response_body", offset },
        fetchId: fetch.id,
      };
      yield {
        event: "finding",
        type: "word-found",
        title: "Word found",
        description: "The page holds the word.",
        severity: "low",
        remediation: "Remove it.",
        rootCause: { level: "route" },
        instance: { method: fetch.method, url: fetch.url },
        evidence: [fetch.id],
      };
    }
  },
});

const PAGES = [
  { url: "/a", headers: { "Content-Type": "text/html; charset=utf-8" }, body: "a secret here" },
  { url: "/b", headers: { "Content-Type": "text/html" }, body: "nothing" },
  { url: "/c", headers: { "Content-Type": "text/plain" }, body: "secret" },
];

describe("testPlugin", () => {
  it("runs a plugin on recorded fetches and checks what it yields", async () => {
    const { events, of, requests } = await testPlugin(echo, { fetches: PAGES });
    expect(events.map(({ event }) => event)).toEqual(["evidence", "finding"]);
    expect(of("finding")[0]).toMatchObject({ type: "word-found", references: [] });
    expect(requests[0]?.url).toBe("http://app.test/a");
    expect(requests[1]?.url).toMatch(/^http:\/\/app\.test\/[a-z]{16}$/);
  });

  it("lets the fake target answer", async () => {
    const { events } = await testPlugin(echo, { fetches: PAGES, respond: () => ({ status: 200 }) });
    expect(events).toEqual([]);
  });

  it("passes settings and refuses unknown ones", async () => {
    expect(
      (await testPlugin(echo, { fetches: PAGES, settings: { word: "nothing" } })).of("finding"),
    ).toHaveLength(1);
    await expect(testPlugin(echo, { settings: { wrod: "x" } })).rejects.toThrow("wrod");
  });

  it("refuses a finding of an undeclared type", async () => {
    await expect(testPlugin({ ...echo, emits: ["other"] }, { fetches: PAGES })).rejects.toThrow("word-found");
  });

  it("refuses a finding whose evidence was not reported", async () => {
    const early = definePlugin({
      ...echo,
      async *run(_scan, _context) {
        yield {
          event: "component",
          name: "nginx",
          confidence: 50,
          evidence: ["missing"],
        };
      },
    });
    await expect(testPlugin(early)).rejects.toThrow("missing");
  });
});
