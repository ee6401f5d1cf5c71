import { describe, expect, it } from "@jest/globals";
import { createEventCheck } from "./event-check.ts";
import { NAMED_EVIDENCE } from "./evidence-names.ts";

const EVIDENCE = { event: "evidence", ref: "e", kind: "pattern", snippet: "", location: { part: "url" } };
const COMPONENT = { event: "component", name: "nginx", confidence: 50, evidence: ["e"] };
const CANDIDATE = {
  event: "cve_candidate",
  component: { name: "known-before-the-run" },
  cveId: "CVE-2026-12345",
  source: "nvd",
  confidence: 50,
};

function checkAll(...events: unknown[]): unknown[] {
  return events.map(createEventCheck(["some-finding"]));
}

/** So many other evidences. */
function others(count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => ({ ...EVIDENCE, ref: `other-${index}` }));
}

describe("createEventCheck", () => {
  it("takes evidence before what names it, and fills in defaults", () => {
    expect(checkAll(EVIDENCE, COMPONENT)).toEqual([{ ...EVIDENCE, details: {} }, COMPONENT]);
  });

  it("takes any order inside a pack, and what it names afterwards", () => {
    const pack = { event: "pack", events: [COMPONENT, EVIDENCE] };
    expect(checkAll(pack, COMPONENT)).toHaveLength(2);
  });

  it("takes evidence while it is among the last that were reported", () => {
    expect(() => checkAll(EVIDENCE, ...others(NAMED_EVIDENCE - 1), COMPONENT)).not.toThrow();
    expect(() => checkAll(EVIDENCE, ...others(NAMED_EVIDENCE), COMPONENT)).toThrow(/names the evidence e,/);
    expect(() => checkAll(EVIDENCE, ...others(NAMED_EVIDENCE), EVIDENCE, COMPONENT)).not.toThrow();
  });

  it("takes a candidate for a component that another module reported", () => {
    expect(checkAll(CANDIDATE)).toEqual([CANDIDATE]);
  });

  it.each([
    [
      "evidence that comes too late",
      [COMPONENT, EVIDENCE],
      /names the evidence e, which is not among the last 1000/,
    ],
    ["evidence that comes twice", [EVIDENCE, EVIDENCE], /reported twice/],
    ["a field that the schema does not know", [{ ...EVIDENCE, extra: 1 }], /extra/],
    ["an event that there is not", [{ event: "hello" }], /schema/],
    ["a pack in a pack", [{ event: "pack", events: [{ event: "pack", events: [EVIDENCE] }] }], /schema/],
  ])("refuses %s", (_what, events, message) => {
    expect(() => checkAll(...events)).toThrow(message);
  });
});
