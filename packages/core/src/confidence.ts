import { z } from "zod";
import { EvidenceKind } from "./plugin-event.ts";
import type { Confidence } from "./vocabulary.ts";

/** Version of the rules below; stored with every score. */
const CONFIDENCE_RULES = 1;

/** The facts a score is computed from. Stored, so that it can be computed again. */
export const ConfidenceFactors = z.strictObject({
  rules: z.literal(CONFIDENCE_RULES),
  /** Kinds of proof that were stored for the finding, without controls. */
  proofs: z.array(EvidenceKind),
  /** Distinct module runs that saw it, the first included. */
  sightings: z.int().min(1),
  /** Negative controls: all stayed free of the effect, one did not, or none was made. */
  control: z.enum(["held", "broken", "none"]),
});
export type ConfidenceFactors = z.infer<typeof ConfidenceFactors>;

/**
 * Score of the strongest proof. The scale is Greenbone's quality of detection: 95 actively verified, 80 banner of a
 * reliable kind, 70 remote analysis, 30 unreliable banner.
 */
const PROOF_SCORE = {
  observation: 95,
  content_proof: 85,
  pattern: 60,
  version_banner: 30,
  negative_control: 0,
} as const satisfies Record<EvidenceKind, number>;

const CONTROL_SHIFT = { held: 10, broken: -60, none: 0 } as const;
const SIGHTING_STEP = 2;
const SIGHTING_MAX = 6;

const PROOF_WORDS = {
  observation: "the defect itself was seen in a response",
  content_proof: "content was seen that only the claimed thing has",
  pattern: "text was seen that matches a pattern",
  version_banner: "the target states a version",
  negative_control: "only controls were made",
} as const satisfies Record<EvidenceKind, string>;

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

/** How a score comes about: the strongest proof, further sightings, controls. The score is their sum within 0–100. */
export function confidenceSteps({ proofs, sightings, control }: ConfidenceFactors): ConfidenceStep[] {
  const strongest = proofs.toSorted((a, b) => PROOF_SCORE[b] - PROOF_SCORE[a])[0] ?? "negative_control";
  return [
    { points: PROOF_SCORE[strongest], reason: PROOF_WORDS[strongest] },
    {
      points: Math.min(SIGHTING_MAX, (sightings - 1) * SIGHTING_STEP),
      reason: `seen by ${sightings} module runs`,
    },
    { points: CONTROL_SHIFT[control], reason: CONTROL_WORDS[control] },
  ];
}

/** 0–100. A proof, a sighting or a control that held never lowers it; a broken control never raises it. */
export function confidenceScore(factors: ConfidenceFactors): number {
  const total = confidenceSteps(factors).reduce((sum, { points }) => sum + points, 0);
  return Math.max(0, Math.min(100, total));
}

/** Below 70 is low (Greenbone hides it by default), from 85 high. */
export function confidenceBand(score: number): Confidence {
  if (score >= 85) return "high";
  return score >= 70 ? "medium" : "low";
}

/** Factors from the evidence of one finding. */
export function confidenceFactors(
  evidence: readonly { kind: EvidenceKind; controlHeld: boolean | null }[],
  sightings: number,
): ConfidenceFactors {
  const controls = evidence.filter(({ kind }) => kind === "negative_control");
  const isBroken = controls.some(({ controlHeld }) => controlHeld === false);
  const isHeld = controls.some(({ controlHeld }) => controlHeld === true);
  const proofs = evidence.map(({ kind }) => kind).filter((kind) => kind !== "negative_control");
  return {
    rules: CONFIDENCE_RULES,
    proofs: [...new Set(proofs)].sort(),
    sightings: Math.max(1, sightings),
    control: isBroken ? "broken" : isHeld ? "held" : "none",
  };
}
