import { describe, expect, it } from "@jest/globals";
import { EvidenceKind, type SingleEvent } from "@picket/core";
import { assertControlled } from "./claim-check.ts";

const PROBE = { name: "probe", requiredCapabilities: ["http:active" as const] };

function claim(...kinds: EvidenceKind[]): SingleEvent[] {
  const refs = kinds.map((kind, index) => `${kind}-${index}`);
  const evidence = kinds.map((kind, index) => ({
    event: "evidence" as const,
    ref: refs[index] ?? "",
    kind,
    snippet: "x",
    location: { part: "response_body" as const },
    details: {},
    ...(kind === "negative_control" ? { controlHeld: true } : {}),
  }));
  const finding = {
    event: "finding" as const,
    type: "exposed-thing",
    title: "x",
    description: "x",
    severity: "low" as const,
    remediation: "x",
    references: [],
    rootCause: { level: "route" as const, key: "" },
    instance: { method: "GET", url: "http://app.test/" },
    evidence: refs,
  };
  return [...evidence, finding];
}

describe("assertControlled", () => {
  it.each([
    "content_proof",
    "pattern",
    "reflection",
    "differential",
    "timing",
    "callback",
    "lookup",
  ] as const)("refuses a probe's finding by %s alone, and takes it with a negative control", (kind) => {
    expect(() => assertControlled(PROBE, claim(kind))).toThrow(`exposed-thing by ${kind} without`);
    expect(() => assertControlled(PROBE, claim(kind, "negative_control"))).not.toThrow();
  });

  it("looks at each finding by itself", () => {
    const events = [...claim("pattern", "negative_control"), ...claim("timing")];
    expect(() => assertControlled(PROBE, events)).toThrow("by timing without");
  });

  it("asks for none of a plugin that only reads, nor where the defect itself was seen", () => {
    for (const kind of EvidenceKind.options)
      expect(() => assertControlled({ name: "reads", requiredCapabilities: [] }, claim(kind))).not.toThrow();
    expect(() => assertControlled(PROBE, claim("observation"))).not.toThrow();
  });
});
