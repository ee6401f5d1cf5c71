import { z } from "zod";
import { EvidenceKind } from "./plugin-event.ts";
import type { Confidence } from "./vocabulary.ts";

/** Version of the rules below; stored with every score. */
export const CONFIDENCE_RULES = 1;

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

/** 0–100. A proof, a sighting or a control that held never lowers it; a broken control never raises it. */
export function confidenceScore(factors: ConfidenceFactors): number {
  const proof = Math.max(0, ...factors.proofs.map((kind) => PROOF_SCORE[kind]));
  const sightings = Math.min(SIGHTING_MAX, (factors.sightings - 1) * SIGHTING_STEP);
  return Math.max(0, Math.min(100, proof + sightings + CONTROL_SHIFT[factors.control]));
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
  const proofs = evidence.map(({ kind }) => kind).filter((kind) => kind !== "negative_control");
  return {
    rules: CONFIDENCE_RULES,
    proofs: [...new Set(proofs)].sort(),
    sightings: Math.max(1, sightings),
    control: isBroken ? "broken" : controls.length > 0 ? "held" : "none",
  };
}
