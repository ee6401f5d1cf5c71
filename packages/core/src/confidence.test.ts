import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  ConfidenceFactors,
  confidenceBand,
  confidenceFactors,
  confidenceScore,
  confidenceSteps,
} from "./confidence.ts";
import { EvidenceKind } from "./plugin-event.ts";

const kind = fc.constantFrom(...EvidenceKind.options);
const proof = kind.map((value) => ({
  kind: value,
  controlHeld: value === "negative_control" ? true : null,
}));
const evidence = fc.array(
  fc.oneof(proof, fc.constant({ kind: "negative_control" as const, controlHeld: false })),
  { maxLength: 8 },
);
const sightings = fc.integer({ min: 1, max: 20 });
const score = (...input: Parameters<typeof confidenceFactors>) =>
  confidenceScore(confidenceFactors(...input));

describe("confidenceScore", () => {
  it("is a whole number from 0 to 100", () => {
    fc.assert(
      fc.property(evidence, sightings, (proofs, count) => {
        const value = score(proofs, count);
        expect(Number.isInteger(value) && value >= 0 && value <= 100).toBe(true);
      }),
    );
  });

  it("is never lowered by one more proof, a control that held, or a sighting", () => {
    fc.assert(
      fc.property(evidence, sightings, proof, (proofs, count, another) => {
        expect(score([...proofs, another], count)).toBeGreaterThanOrEqual(score(proofs, count));
        expect(score(proofs, count + 1)).toBeGreaterThanOrEqual(score(proofs, count));
      }),
    );
  });

  it("is never raised by a broken control, and never high with one", () => {
    fc.assert(
      fc.property(evidence, sightings, (proofs, count) => {
        const broken = score([...proofs, { kind: "negative_control", controlHeld: false }], count);
        expect(broken).toBeLessThanOrEqual(score(proofs, count));
        expect(confidenceBand(broken)).toBe("low");
      }),
    );
  });

  it("depends neither on the order nor on the number of equal proofs, and is computed again from its stored factors", () => {
    fc.assert(
      fc.property(evidence, sightings, (proofs, count) => {
        const factors = confidenceFactors(proofs, count);
        expect(confidenceFactors([...proofs, ...proofs].reverse(), count)).toEqual(factors);
        const stored = ConfidenceFactors.parse(JSON.parse(JSON.stringify(factors)));
        expect(confidenceScore(stored)).toBe(confidenceScore(factors));
      }),
    );
  });

  it.each([
    [["observation"], 1, 95, "high"],
    [["content_proof"], 1, 85, "high"],
    [["pattern"], 1, 60, "low"],
    [["pattern"], 9, 66, "low"],
    [["pattern", "version_banner"], 2, 62, "low"],
    [["version_banner"], 1, 30, "low"],
  ] as const)("of %j seen %i times is %i, %s", (kinds, count, expected, band) => {
    const value = score(
      kinds.map((value) => ({ kind: value, controlHeld: null })),
      count,
    );
    expect([value, confidenceBand(value)]).toEqual([expected, band]);
  });

  it("makes a medium of a pattern with a control that held", () => {
    const proofs = [
      { kind: "pattern", controlHeld: null },
      { kind: "negative_control", controlHeld: true },
    ] as const;
    expect(confidenceBand(score(proofs, 1))).toBe("medium");
  });

  it("is the sum of its steps, each with a reason", () => {
    const steps = confidenceSteps(confidenceFactors([{ kind: "content_proof", controlHeld: null }], 3));
    expect(steps.map(({ points }) => points)).toEqual([85, 4, 0]);
    expect(steps.every(({ reason }) => reason.length > 10)).toBe(true);
  });
});

describe("confidenceFactors", () => {
  it("takes a control without an outcome for none", () => {
    expect(confidenceFactors([{ kind: "negative_control", controlHeld: null }], 1).control).toBe("none");
  });

  it("takes one broken control among many for broken", () => {
    const controls = [true, false, true].map((controlHeld) => ({
      kind: "negative_control" as const,
      controlHeld,
    }));
    expect(confidenceFactors(controls, 1)).toMatchObject({ control: "broken", proofs: [] });
  });

  it("counts the first sighting even when nobody counted it", () => {
    expect(confidenceFactors([], 0).sightings).toBe(1);
  });
});
