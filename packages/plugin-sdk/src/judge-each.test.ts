import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { judgeEach } from "./judge-each.ts";
import type { Verdict } from "./verdicts.ts";

function verdict(url: string): Verdict {
  return {
    finding: {
      type: "leak",
      title: "A leak",
      description: "What leaks.",
      remediation: "Mend it.",
      severity: "low",
      rootCause: { level: "route" },
      instance: { method: "GET", url },
    },
    evidence: [{ kind: "observation", snippet: url, location: { part: "url" } }],
  };
}

const PAGES = ["https://a.test/one", "https://a.test/two", "https://a.test/three"];

async function urlsOf(packs: ReturnType<typeof judgeEach>): Promise<string[]> {
  const events = (await Array.fromAsync(packs)).flatMap((pack) => pack.events);
  return events.flatMap((event) => (event.event === "finding" ? event.instance.url : []));
}

describe("judgeEach", () => {
  it("gives the same packs in whatever order the items come and are done", async () => {
    const forwards = judgeEach(PAGES, verdict);
    const backwards = judgeEach(PAGES.toReversed(), async (url) => {
      await delay(url.length % 7);
      return verdict(url);
    });
    expect(await Array.fromAsync(backwards)).toEqual(await Array.fromAsync(forwards));
  });

  it("takes none, one or several verdicts of an item, and items as they arrive", async () => {
    async function* arriving() {
      yield* [0, 1, 2];
    }
    const judge = (count: number) => {
      const found = PAGES.slice(0, count).map(verdict);
      return count === 1 ? (found[0] ?? null) : count === 0 ? null : found;
    };
    expect((await urlsOf(judgeEach(arriving(), judge))).sort()).toEqual(PAGES.slice(0, 2).sort());
  });

  it("looks at no more items at once than allowed", async () => {
    let underWay = 0;
    let most = 0;
    const judge = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await delay(1);
      underWay -= 1;
      return null;
    };
    await Array.fromAsync(judgeEach(PAGES, judge, { atOnce: 2 }));
    expect(most).toBe(2);
  });
});
