import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  ConfidenceFactors,
  confidenceBand,
  confidenceFactors,
  confidenceScore,
  confidenceSteps,
  type EvidenceFact,
  isVerified,
  VersionQuality,
} from "./confidence.ts";
import { EvidenceKind } from "./plugin-event.ts";

function fact(kind: EvidenceKind, more: Partial<EvidenceFact> = {}): EvidenceFact {
  const controlHeld = kind === "negative_control" ? true : null;
  return { kind, controlHeld, status: 200, isProof: false, version: null, ...more };
}

const BROKEN = fact("negative_control", { controlHeld: false });
const HELD = fact("negative_control");

const supporting: fc.Arbitrary<EvidenceFact> = fc
  .record({
    kind: fc.constantFrom(...EvidenceKind.options),
    status: fc.constantFrom(null, 200, 302, 403, 404, 500, 503),
    version: fc.constantFrom(null, ...VersionQuality.options),
  })
  .map(({ kind, ...more }) => fact(kind, more));
const evidence = fc.array(fc.oneof(supporting, fc.constant(BROKEN)), { maxLength: 8 });
const counts = fc.record({
  requests: fc.integer({ min: 1, max: 20 }),
  detectors: fc.integer({ min: 1, max: 4 }),
});
const ONCE = { requests: 1, detectors: 1 };

const score = (...input: Parameters<typeof confidenceFactors>) =>
  confidenceScore(confidenceFactors(...input));

/** Took two points away when nothing else was proved: its own were fewer than those for a second request. */
const IN_AN_ERROR_PAGE = fact("version_banner", { status: 503 });

describe("confidenceScore", () => {
  it("is a whole number from 0 to 100, and the sum of its steps within that", () => {
    fc.assert(
      fc.property(evidence, counts, (proofs, seen) => {
        const factors = confidenceFactors(proofs, seen);
        const value = confidenceScore(factors);
        expect(Number.isInteger(value) && value >= 0 && value <= 100).toBe(true);
        const sum = confidenceSteps(factors).reduce((total, { points }) => total + points, 0);
        expect(value).toBe(Math.max(0, Math.min(100, sum)));
        expect(confidenceSteps(factors).every(({ reason }) => reason.length > 10)).toBe(true);
      }),
    );
  });

  it("is never lowered by one more proof, a control that held, a request or a detector", () => {
    fc.assert(
      fc.property(evidence, counts, supporting, (proofs, seen, another) => {
        const before = score(proofs, seen);
        expect(score([...proofs, another], seen)).toBeGreaterThanOrEqual(before);
        expect(score(proofs, { ...seen, requests: seen.requests + 1 })).toBeGreaterThanOrEqual(before);
        expect(score(proofs, { ...seen, detectors: seen.detectors + 1 })).toBeGreaterThanOrEqual(before);
      }),
      { examples: [[[], { requests: 2, detectors: 1 }, IN_AN_ERROR_PAGE]], numRuns: 300 },
    );
  });

  it("is never raised by a broken control, is low with one, and is then not verified", () => {
    fc.assert(
      fc.property(evidence, counts, (proofs, seen) => {
        const factors = confidenceFactors([...proofs, BROKEN], seen);
        expect(confidenceScore(factors)).toBeLessThanOrEqual(score(proofs, seen));
        expect(confidenceBand(confidenceScore(factors))).toBe("low");
        expect(isVerified(factors)).toBe(false);
      }),
    );
  });

  it("is not higher for a proof that stands in an error page", () => {
    fc.assert(
      fc.property(supporting, counts, (proof, seen) => {
        const inPage = score([{ ...proof, status: 200 }], seen);
        expect(score([{ ...proof, status: 404 }], seen)).toBeLessThanOrEqual(inPage);
      }),
    );
  });

  it("depends neither on order nor repetition, and is computed again from its stored factors", () => {
    fc.assert(
      fc.property(evidence, counts, (proofs, seen) => {
        const factors = confidenceFactors(proofs, seen);
        expect(confidenceFactors([...proofs, ...proofs].reverse(), seen)).toEqual(factors);
        const stored = ConfidenceFactors.parse(JSON.parse(JSON.stringify(factors)));
        expect(confidenceScore(stored)).toBe(confidenceScore(factors));
        expect(isVerified(stored)).toBe(isVerified(factors));
      }),
    );
  });

  it("is low for versions alone, however many and whatever else supports them", () => {
    const version = fc
      .constantFrom(...VersionQuality.options)
      .map((quality) => fact("version_banner", { version: quality }));
    fc.assert(
      fc.property(fc.array(version), counts, (versions, seen) => {
        expect(confidenceBand(score([...versions, HELD], seen))).toBe("low");
      }),
    );
  });

  it("is low without a control that held for whatever much else can look like", () => {
    const kind = fc.constantFrom<EvidenceKind>(
      "pattern",
      "reflection",
      "differential",
      "timing",
      "lookup",
      "version_banner",
    );
    fc.assert(
      fc.property(fc.array(kind.map((one) => fact(one))), counts, (proofs, seen) => {
        expect(confidenceBand(score(proofs, seen))).toBe("low");
      }),
    );
  });

  it.each([
    ["a seen defect", [fact("observation")], ONCE, 95, "high"],
    ["content alone", [fact("content_proof")], { requests: 3, detectors: 2 }, 84, "medium"],
    ["content with its control", [fact("content_proof"), HELD], ONCE, 95, "high"],
    ["content in a page that is not there", [fact("content_proof", { status: 404 }), HELD], ONCE, 55, "low"],
    ["content in a WAF's refusal", [fact("content_proof", { status: 418 })], ONCE, 45, "low"],
    ["a pattern", [fact("pattern")], { requests: 9, detectors: 2 }, 69, "low"],
    ["a pattern with its control", [fact("pattern"), HELD], ONCE, 70, "medium"],
    ["a delay", [fact("timing")], { requests: 5, detectors: 1 }, 56, "low"],
    ["a delay with its control", [fact("timing"), HELD], { requests: 9, detectors: 2 }, 70, "medium"],
    [
      "a reflection with its control",
      [fact("reflection"), HELD],
      { requests: 3, detectors: 1 },
      74,
      "medium",
    ],
    [
      "a difference with its control",
      [fact("differential"), HELD],
      { requests: 4, detectors: 1 },
      86,
      "high",
    ],
    ["a banner", [fact("version_banner")], ONCE, 30, "low"],
    ["an exact version", [fact("version_banner", { version: "exact" })], ONCE, 55, "low"],
    ["nothing but a control", [HELD], ONCE, 0, "low"],
    ["a defect that no response shows", [fact("observation", { status: null })], ONCE, 69, "low"],
    ["a callback alone", [fact("callback")], { requests: 3, detectors: 2 }, 84, "medium"],
    ["a callback with its control", [fact("callback"), HELD], ONCE, 100, "high"],
    ["a lookup with its control", [fact("lookup"), HELD], { requests: 9, detectors: 2 }, 69, "low"],
    ["a callback that no response shows", [fact("callback", { status: null }), HELD], ONCE, 69, "low"],
  ] as const)("of %s is as published", (_what, proofs, seen, expected, band) => {
    const value = score(proofs, seen);
    expect([value, confidenceBand(value)]).toEqual([expected, band]);
  });
});

describe("confidenceSteps", () => {
  it("say in words what each point is for", () => {
    const reasons = (proofs: readonly EvidenceFact[], seen: { requests: number; detectors: number }) =>
      confidenceSteps(confidenceFactors(proofs, seen)).map(({ points, reason }) => `${points} ${reason}`);
    expect(reasons([fact("timing"), HELD], ONCE)).toEqual([
      "50 the answer took as long as was asked for",
      "0 shown by 1 request",
      "0 seen by 1 plugin",
      "10 a request that must not show the effect did not show it",
    ]);
    expect(reasons([fact("content_proof")], { requests: 3, detectors: 2 }).slice(1)).toEqual([
      "4 shown by 3 requests",
      "4 seen by 2 plugins",
      "0 no control was made that the application itself answered",
      "-9 never above medium: without a control that held",
    ]);
  });
});

describe("isVerified", () => {
  it.each([
    ["two requests and a control that held", [fact("content_proof"), HELD], 2, true],
    ["one request", [fact("content_proof"), HELD], 1, false],
    ["no control", [fact("content_proof")], 2, false],
    ["a version", [fact("version_banner"), HELD], 9, false],
    ["a proof in an error page", [fact("content_proof", { status: 404 }), HELD], 9, false],
  ] as const)("for %s is %3$s", (_what, proofs, requests, expected) => {
    expect(isVerified(confidenceFactors(proofs, { requests, detectors: 1 }))).toBe(expected);
  });
});

describe("confidenceFactors", () => {
  it.each([
    ["that a firewall refused", { status: 403 }],
    ["that a limit refused", { status: 429 }],
    ["that failed at the gateway", { status: 502 }],
    ["that failed in the application", { status: 500 }],
    ["without a response", { status: null }],
    ["that is a proof itself", { isProof: true }],
  ])("takes no plugin's word that a control %s held", (_what, more) => {
    const control = fact("negative_control", more);
    expect(confidenceFactors([fact("content_proof"), control], ONCE).control).toBe("none");
    expect(confidenceFactors([control, { ...control, controlHeld: false }], ONCE).control).toBe("broken");
  });

  it.each([200, 302, 404, 410])("takes a control that was answered with %i for an answer", (status) => {
    expect(confidenceFactors([fact("negative_control", { status })], ONCE).control).toBe("held");
  });

  it("takes a control without an outcome for none", () => {
    expect(confidenceFactors([fact("negative_control", { controlHeld: null })], ONCE).control).toBe("none");
  });

  it("takes one broken control among many for broken", () => {
    expect(confidenceFactors([HELD, BROKEN, HELD], ONCE)).toMatchObject({ control: "broken", proofs: [] });
  });

  it("counts the first request and detector even when nobody counted them", () => {
    expect(confidenceFactors([], { requests: 0, detectors: 0 })).toMatchObject(ONCE);
  });
});
