import { z } from "zod";
import { EvidenceKind } from "./plugin-event.ts";
import type { Confidence } from "./vocabulary.ts";

/** Version of the rules below; stored with every score. packages/core/confidence.md publishes the same table. */
export const CONFIDENCE_RULES = 4;

/**
 * Class of the response that a proof was read from. `unfit`: a refusal, a page that is not there, or a gateway's error:
 * what stands in it says little about the application. A 500 is fit: it is where injected errors show. `unrecorded`:
 * Picket made no exchange that got this response, so there is only the plugin's word for it.
 */
const ResponseClass = z.enum(["fit", "unfit", "unrecorded"]);
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
  /** Distinct requests that showed it, at least 1; counted as far as `REQUESTS_COUNTED`. */
  requests: z.int().min(1),
  /** Distinct plugins that saw it, at least 1. */
  detectors: z.int().min(1),
  /** Negative controls: all stayed free of the effect, one did not, or none was made that counts. */
  control: z.enum(["held", "broken", "none"]),
});
export type ConfidenceFactors = z.infer<typeof ConfidenceFactors>;

interface ProofRule {
  /**
   * Greenbone's quality of detection is the scale: 95 actively verified, 80 reliable banner, 70 remote analysis, 30
   * unreliable banner.
   */
  score: number;
  /** Highest score without a control that held: much else can look the same. */
  alone: number;
  words: string;
}

/** Highest scores of the bands low and medium. */
const LOW_CEILING = 69;
const MEDIUM_CEILING = 84;

const PROOF_RULES = {
  observation: { score: 95, alone: 100, words: "the defect itself was seen in a response" },
  callback: { score: 95, alone: MEDIUM_CEILING, words: "the target called back from outside the scan" },
  lookup: { score: 60, alone: LOW_CEILING, words: "a name that only the probe carried was looked up" },
  content_proof: {
    score: 85,
    alone: MEDIUM_CEILING,
    words: "content was seen that only the claimed thing has",
  },
  differential: {
    score: 70,
    alone: LOW_CEILING,
    words: "answers differ as they must when the claim is true",
  },
  reflection: { score: 60, alone: LOW_CEILING, words: "what was sent came back in a place where it acts" },
  pattern: { score: 60, alone: LOW_CEILING, words: "text was seen that matches a pattern" },
  timing: { score: 50, alone: LOW_CEILING, words: "the answer took as long as was asked for" },
  version_banner: { score: 30, alone: LOW_CEILING, words: "the target states a version" },
  negative_control: { score: 0, alone: LOW_CEILING, words: "only controls were made" },
} as const satisfies Record<EvidenceKind, ProofRule>;

const VERSION_BONUS = { exact: 25, partial: 10, banner: 0 } as const satisfies Record<VersionQuality, number>;
const UNFIT_SHIFT = -40;
const CONTROL_SHIFT = { held: 10, broken: -60, none: 0 } as const;
const REQUEST_STEP = 2;
const REQUEST_MAX = 6;
/** More requests than these add nothing: nobody needs to count them. */
export const REQUESTS_COUNTED = 1 + REQUEST_MAX / REQUEST_STEP;
const DETECTOR_STEP = 4;

const CONTROL_WORDS = {
  held: "a request that must not show the effect did not show it",
  broken: "a request that must not show the effect showed it as well",
  none: "no control was made that the application itself answered",
} as const;

/** One summand of a score, with why. */
export interface ConfidenceStep {
  points: number;
  reason: string;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function proofSteps({ kind, response, version }: ProofFactor): ConfidenceStep[] {
  const steps: ConfidenceStep[] = [{ points: PROOF_RULES[kind].score, reason: PROOF_RULES[kind].words }];
  if (version && kind === "version_banner")
    steps.push({ points: VERSION_BONUS[version], reason: `the version is known as ${version}` });
  if (response === "unfit" && kind !== "observation" && kind !== "callback" && kind !== "lookup")
    steps.push({ points: UNFIT_SHIFT, reason: "it stands in a refusal or an error page" });
  return steps;
}

function stepsOf(proof: ProofFactor, { requests, detectors, control }: ConfidenceFactors): ConfidenceStep[] {
  const steps = [
    ...proofSteps(proof),
    {
      points: Math.min(REQUEST_MAX, (requests - 1) * REQUEST_STEP),
      reason: `shown by ${counted(requests, "request")}${requests >= REQUESTS_COUNTED ? " or more" : ""}`,
    },
    { points: detectors > 1 ? DETECTOR_STEP : 0, reason: `seen by ${counted(detectors, "plugin")}` },
    { points: CONTROL_SHIFT[control], reason: CONTROL_WORDS[control] },
  ];
  const { points, why } = ceilingOf(proof, control);
  const excess = sumOf(steps) - points;
  if (excess <= 0) return steps;
  return [...steps, { points: -excess, reason: `never above ${confidenceBand(points)}: ${why}` }];
}

interface Ceiling {
  points: number;
  why: string;
}

function ceilingOf({ kind, response }: ProofFactor, control: ConfidenceFactors["control"]): Ceiling {
  if (response === "unrecorded")
    return { points: LOW_CEILING, why: "no response that Picket itself recorded shows it" };
  if (kind === "version_banner") return { points: LOW_CEILING, why: "a version alone proves nothing" };
  if (kind === "lookup")
    return { points: LOW_CEILING, why: "resolvers, mail filters and log readers look names up as well" };
  return { points: control === "held" ? 100 : PROOF_RULES[kind].alone, why: "without a control that held" };
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
  /** Of the response that Picket itself got and that shows it; null: there is none. */
  status: number | null;
  /** True of a control whose response is named as a proof too. */
  isProof: boolean;
  /** `versionQuality` of its details; null: not said. */
  version: VersionQuality | null;
}

/** RFC 9110 §15: what refuses, is not there, or comes from a gateway. */
const UNFIT_STATUS = /^(4\d\d|50[2-4])$/;

/**
 * What an application answers that does not show the effect: a page, a redirect, or that there is none. A refusal (a
 * firewall's 403, a limit's 429) or a failure keeps the application's answer from us.
 */
const CONTROL_STATUS = /^([23]\d\d|404|410)$/;

/** True when a response of this status tells what the application answers to a control. */
export function answersControl(status: number): boolean {
  return CONTROL_STATUS.test(String(status));
}

/** A plugin's word that a control held is not enough: it must be an answer, and not one of the proofs. */
function isHeldControl({ controlHeld, status, isProof }: EvidenceFact): boolean {
  return controlHeld === true && !isProof && status !== null && answersControl(status);
}

function responseClass(status: number | null): ResponseClass {
  if (status === null) return "unrecorded";
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
  const isHeld = controls.some(isHeldControl);
  const proofs = evidence.filter(({ kind }) => kind !== "negative_control").map(proofOf);
  const distinct = new Map(
    proofs.map((proof) => [`${proof.kind} ${proof.response} ${proof.version}`, proof]),
  );
  return {
    rules: CONFIDENCE_RULES,
    proofs: [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? []),
    requests: Math.min(REQUESTS_COUNTED, Math.max(1, requests)),
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
