import { z } from "zod";
import { EvidenceKind } from "./plugin-event.ts";
import type { Confidence } from "./vocabulary.ts";

/** Version of the rules below; stored with every score. packages/core/confidence.md publishes the same table. */
export const CONFIDENCE_RULES = 2;

/**
 * Class of the response that a proof was read from. `unfit`: a refusal, a page that is not there, or a gateway's error:
 * what stands in it says little about the application. A 500 is fit: it is where injected errors show.
 */
const ResponseClass = z.enum(["fit", "unfit", "unknown"]);
type ResponseClass = z.infer<typeof ResponseClass>;

/** How well a version is known: all of it, its first numbers, or what a banner says that anybody may have patched. */
export const VersionQuality = z.enum(["exact", "partial", "banner"]);
export type VersionQuality = z.infer<typeof VersionQuality>;

const ProofFactor = z.strictObject({
  kind: EvidenceKind,
  response: ResponseClass,
  /** Of a version; null for any other kind of proof. */
  version: VersionQuality.nullable(),
});
type ProofFactor = z.infer<typeof ProofFactor>;

/** The facts a score is computed from. Stored, so that it can be computed again. */
export const ConfidenceFactors = z.strictObject({
  rules: z.literal(CONFIDENCE_RULES),
  /** Distinct proofs, without controls. */
  proofs: z.array(ProofFactor),
  /** Distinct requests that showed it, at least 1. */
  requests: z.int().min(1),
  /** Distinct plugins that saw it, at least 1. */
  detectors: z.int().min(1),
  /** Negative controls: all stayed free of the effect, one did not, or none was made. */
  control: z.enum(["held", "broken", "none"]),
});
export type ConfidenceFactors = z.infer<typeof ConfidenceFactors>;

interface ProofRule {
  /** Greenbone's quality of detection is the scale: 95 actively verified, 80 reliable banner, 70 remote analysis, 30 unreliable banner. */
  score: number;
  /** True: without a control that held it is never above low, because much else can look the same. */
  needsControl: boolean;
  words: string;
}

const PROOF_RULES = {
  observation: { score: 95, needsControl: false, words: "the defect itself was seen in a response" },
  callback: { score: 95, needsControl: false, words: "the target called back from outside the scan" },
  content_proof: {
    score: 85,
    needsControl: false,
    words: "content was seen that only the claimed thing has",
  },
  differential: {
    score: 70,
    needsControl: true,
    words: "answers differ as they must when the claim is true",
  },
  reflection: { score: 60, needsControl: true, words: "what was sent came back in a place where it acts" },
  pattern: { score: 60, needsControl: true, words: "text was seen that matches a pattern" },
  timing: { score: 50, needsControl: true, words: "the answer took as long as was asked for" },
  version_banner: { score: 30, needsControl: true, words: "the target states a version" },
  negative_control: { score: 0, needsControl: true, words: "only controls were made" },
} as const satisfies Record<EvidenceKind, ProofRule>;

const VERSION_BONUS = { exact: 25, partial: 10, banner: 0 } as const satisfies Record<VersionQuality, number>;
const UNFIT_SHIFT = -40;
const CONTROL_SHIFT = { held: 10, broken: -60, none: 0 } as const;
const REQUEST_STEP = 2;
const REQUEST_MAX = 6;
const DETECTOR_STEP = 4;
/** Highest score of the band low: of a claim that lacks its control, and of a version whatever else is known. */
const LOW_CEILING = 69;

const CONTROL_WORDS = {
  held: "a request that must not show the effect did not show it",
  broken: "a request that must not show the effect showed it as well",
  none: "no control was made",
} as const;

/** One summand of a score, with why. */
export interface ConfidenceStep {
  points: number;
  reason: string;
}

function proofSteps({ kind, response, version }: ProofFactor): ConfidenceStep[] {
  const steps: ConfidenceStep[] = [{ points: PROOF_RULES[kind].score, reason: PROOF_RULES[kind].words }];
  if (version && kind === "version_banner")
    steps.push({ points: VERSION_BONUS[version], reason: `the version is known as ${version}` });
  if (response === "unfit" && kind !== "observation" && kind !== "callback")
    steps.push({ points: UNFIT_SHIFT, reason: "it stands in a refusal or an error page" });
  return steps;
}

function stepsOf(proof: ProofFactor, { requests, detectors, control }: ConfidenceFactors): ConfidenceStep[] {
  const steps = [
    ...proofSteps(proof),
    { points: Math.min(REQUEST_MAX, (requests - 1) * REQUEST_STEP), reason: `shown by ${requests} requests` },
    { points: detectors > 1 ? DETECTOR_STEP : 0, reason: `seen by ${detectors} plugins` },
    { points: CONTROL_SHIFT[control], reason: CONTROL_WORDS[control] },
  ];
  const excess = sumOf(steps) - ceilingOf(proof, control);
  if (excess <= 0) return steps;
  const why =
    proof.kind === "version_banner" ? "a version alone proves nothing" : "without a control that held";
  return [...steps, { points: -excess, reason: `never above low: ${why}` }];
}

function ceilingOf({ kind }: ProofFactor, control: ConfidenceFactors["control"]): number {
  if (kind === "version_banner") return LOW_CEILING;
  return PROOF_RULES[kind].needsControl && control !== "held" ? LOW_CEILING : Number.POSITIVE_INFINITY;
}

function sumOf(steps: readonly ConfidenceStep[]): number {
  return steps.reduce((sum, { points }) => sum + points, 0);
}

/** How a score comes about, by the proof that gives most. The score is the sum within 0–100. */
export function confidenceSteps(factors: ConfidenceFactors): ConfidenceStep[] {
  const [first, ...others] = factors.proofs.map((proof) => stepsOf(proof, factors));
  // Nothing else counts where nothing was proved.
  if (!first) return [{ points: 0, reason: PROOF_RULES.negative_control.words }];
  return others.reduce((best, way) => (sumOf(way) > sumOf(best) ? way : best), first);
}

/** The same for what is stored: a score by older rules has one step until it is computed anew. */
export function storedConfidenceSteps(factors: unknown, score: number): ConfidenceStep[] {
  const parsed = ConfidenceFactors.safeParse(factors);
  if (parsed.success) return confidenceSteps(parsed.data);
  return [{ points: score, reason: "computed by earlier rules, not yet by the present ones" }];
}

/** 0–100. A proof, a request, a detector or a control that held never lowers it; a broken control never raises it. */
export function confidenceScore(factors: ConfidenceFactors): number {
  return Math.max(0, Math.min(100, sumOf(confidenceSteps(factors))));
}

/** Below 70 is low (Greenbone hides it by default), from 85 high. */
export function confidenceBand(score: number): Confidence {
  if (score >= 85) return "high";
  return score >= 70 ? "medium" : "low";
}

/** True only when a proof was shown by two requests or more, its negative control held, and the score is not low. */
export function isVerified(factors: ConfidenceFactors): boolean {
  const isSure = confidenceBand(confidenceScore(factors)) !== "low";
  return isSure && factors.requests >= 2 && factors.control === "held";
}

/** One stored evidence, as far as confidence is concerned. */
export interface EvidenceFact {
  kind: EvidenceKind;
  /** Of a negative control. */
  controlHeld: boolean | null;
  /** Of the exchange that shows it; null: not known. */
  status: number | null;
  /** `versionQuality` of its details; null: not said. */
  version: VersionQuality | null;
}

/** RFC 9110 §15: what refuses, is not there, or comes from a gateway. */
const UNFIT_STATUS = /^(4\d\d|50[2-4])$/;

function responseClass(status: number | null): ResponseClass {
  if (status === null) return "unknown";
  return UNFIT_STATUS.test(String(status)) ? "unfit" : "fit";
}

function proofOf({ kind, status, version }: EvidenceFact): ProofFactor {
  const quality = kind === "version_banner" ? (version ?? "banner") : null;
  return { kind, response: responseClass(status), version: quality };
}

/** Factors from the evidence of one finding, in any order. */
export function confidenceFactors(
  evidence: readonly EvidenceFact[],
  { requests, detectors }: { requests: number; detectors: number },
): ConfidenceFactors {
  const controls = evidence.filter(({ kind }) => kind === "negative_control");
  const isBroken = controls.some(({ controlHeld }) => controlHeld === false);
  const isHeld = controls.some(({ controlHeld }) => controlHeld === true);
  const proofs = evidence.filter(({ kind }) => kind !== "negative_control").map(proofOf);
  const distinct = new Map(
    proofs.map((proof) => [`${proof.kind} ${proof.response} ${proof.version}`, proof]),
  );
  return {
    rules: CONFIDENCE_RULES,
    proofs: [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? []),
    requests: Math.max(1, requests),
    detectors: Math.max(1, detectors),
    control: isBroken ? "broken" : isHeld ? "held" : "none",
  };
}

/** Score, band and whether it is verified: all that is stored beside the factors. */
export function confidenceOf(factors: ConfidenceFactors): {
  score: number;
  confidence: Confidence;
  isVerified: boolean;
} {
  const score = confidenceScore(factors);
  return { score, confidence: confidenceBand(score), isVerified: isVerified(factors) };
}
