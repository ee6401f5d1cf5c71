import { CONFIDENCE_RULES, confidenceFactors, confidenceOf } from "@picket/core";
import {
  type Database,
  type FindingConfidence,
  type FindingFacts,
  findingFacts,
  lockSeenFindings,
  outdatedFacts,
  type Sql,
  writeConfidences,
} from "@picket/db";

const PAGE = 500;

/** Computes the confidence of every finding that the scan saw anew, from what is stored about it and nothing else. */
export async function assessFindings(sql: Sql, scanId: string): Promise<void> {
  const seen = await lockSeenFindings(sql, scanId);
  for (let start = 0; start < seen.length; start += PAGE) {
    const facts = await findingFacts(sql, seen.slice(start, start + PAGE));
    await writeConfidences(sql, facts.map(confidenceFrom));
  }
}

/** Brings findings that were judged by other rules under the present ones. Returns how many. */
export async function reassessFindings(database: Database): Promise<number> {
  let done = 0;
  for (;;) {
    const count = await database.transaction(async (sql) => {
      const facts = await outdatedFacts(sql, { rules: CONFIDENCE_RULES, limit: PAGE });
      await writeConfidences(sql, facts.map(confidenceFrom));
      return facts.length;
    });
    done += count;
    if (count < PAGE) return done;
  }
}

function confidenceFrom({ findingId, evidence, ...seen }: FindingFacts): FindingConfidence {
  const factors = confidenceFactors(evidence, seen);
  return { findingId, factors, ...confidenceOf(factors) };
}
