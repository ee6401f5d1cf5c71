import { confidenceBand, confidenceFactors, confidenceScore } from "@picket/core";
import { type FindingFacts, findingFacts, type Sql, writeConfidences } from "@picket/db";

const PAGE = 500;

/** Computes the confidence of every finding that the scan saw anew, from what is stored about it and nothing else. */
export async function assessFindings(sql: Sql, scanId: string): Promise<void> {
  let afterKey: string | undefined = "";
  while (afterKey !== undefined) {
    const facts = await findingFacts(sql, { scanId, afterKey, limit: PAGE });
    await writeConfidences(sql, facts.map(confidenceOf));
    afterKey = facts.length < PAGE ? undefined : facts.at(-1)?.dedupeKey;
  }
}

function confidenceOf({ findingId, evidence, sightings }: FindingFacts) {
  const factors = confidenceFactors(evidence, sightings);
  const score = confidenceScore(factors);
  return { findingId, confidence: confidenceBand(score), score, factors };
}
