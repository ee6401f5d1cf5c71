import { describe, expect, it } from "@jest/globals";
import { createEventCheck } from "./event-check.ts";

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

describe("createEventCheck", () => {
  it("takes evidence before what names it, and fills in defaults", () => {
    expect(checkAll(EVIDENCE, COMPONENT)).toEqual([{ ...EVIDENCE, details: {} }, COMPONENT]);
  });

  it("takes any order inside a pack, and what it names afterwards", () => {
    const pack = { event: "pack", events: [COMPONENT, EVIDENCE] };
    expect(checkAll(pack, COMPONENT)).toHaveLength(2);
  });

  it("takes a candidate for a component that another module reported", () => {
    expect(checkAll(CANDIDATE)).toEqual([CANDIDATE]);
  });

  it.each([
    ["evidence that comes too late", [COMPONENT, EVIDENCE], /names the evidence e before/],
    ["evidence that comes twice", [EVIDENCE, EVIDENCE], /reported twice/],
    ["a field that the schema does not know", [{ ...EVIDENCE, extra: 1 }], /extra/],
    ["an event that there is not", [{ event: "hello" }], /schema/],
    ["a pack in a pack", [{ event: "pack", events: [{ event: "pack", events: [EVIDENCE] }] }], /schema/],
  ])("refuses %s", (_what, events, message) => {
    expect(() => checkAll(...events)).toThrow(message);
  });
});
