import { describe, expect, it } from "@jest/globals";
import { createVerdicts, type Verdict } from "./verdicts.ts";

function verdict(type: string, url: string, key = ""): Verdict {
  return {
    finding: {
      type,
      title: "t",
      description: "d",
      severity: "low",
      remediation: "r",
      rootCause: { level: "target", key },
      instance: { method: "GET", url },
    },
    evidence: [
      { kind: "observation", snippet: url, location: { part: "response_header" } },
      { kind: "negative_control", snippet: "", location: { part: "status" }, controlHeld: true },
    ],
  };
}

const VERDICTS = [
  verdict("a", "http://a.test/product/2"),
  verdict("a", "http://a.test/product/10"),
  verdict("a", "http://a.test/"),
  verdict("a", "http://a.test/", "other"),
  verdict("b", "http://a.test/"),
];

function packsOf(verdicts: readonly Verdict[]) {
  const collected = createVerdicts();
  for (const item of verdicts) collected.add(item);
  return collected.packs();
}

describe("createVerdicts", () => {
  it("keeps one instance for each route, and one finding for each type and key", () => {
    const urls = packsOf(VERDICTS).map(({ events }) => events.at(-1));
    expect(urls).toHaveLength(4);
    expect(urls).toContainEqual(
      expect.objectContaining({ type: "a", instance: { method: "GET", url: "http://a.test/product/10" } }),
    );
  });

  it("gives the same packs in whatever order the verdicts come", () => {
    expect(packsOf(VERDICTS.toReversed())).toEqual(packsOf(VERDICTS));
  });

  it("names every evidence of a finding, each by its own ref", () => {
    const [pack] = packsOf(VERDICTS.slice(4));
    expect(pack?.events).toMatchObject([
      { event: "evidence", ref: "b-1-1" },
      { event: "evidence", ref: "b-1-2" },
      { event: "finding", evidence: ["b-1-1", "b-1-2"] },
    ]);
  });
});
