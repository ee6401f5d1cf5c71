import { type DetectorLook, decideChange, type NotObservedReason, newCause, placeHealth } from "@picket/core";
import {
  type BaselineFacts,
  changeFacts,
  type DecidedChange,
  type DetectorFacts,
  type FindingChangeFacts,
  markPlacesFixed,
  type PlaceFacts,
  retiredDetectors,
  type Sql,
  writeChanges,
} from "@picket/db";

const PAGE = 500;

/** What holds for every finding of a scan. */
export interface ChangeTerms {
  scanProblem: NotObservedReason | null;
  baseline: BaselineFacts;
}

/**
 * Says of the findings that the scan concerns what became of each, from what is stored and nothing else. They are those
 * that `lockConcernedFindings` locked.
 */
export async function assessChanges(
  sql: Sql,
  { scanId, concerned }: { scanId: string; concerned: readonly string[] },
  terms: ChangeTerms,
): Promise<void> {
  const retired = await retiredDetectors(sql, scanId);
  for (let start = 0; start < concerned.length; start += PAGE) {
    const findingIds = concerned.slice(start, start + PAGE);
    const page = await changeFacts(sql, { scanId, findingIds, retired });
    await markPlacesFixed(
      sql,
      scanId,
      page.flatMap((facts) => fixedPlaces(facts, terms)),
    );
    await writeChanges(
      sql,
      scanId,
      page.map((facts) => changeOf(facts, terms)),
    );
  }
}

/** Looks of the detectors that count at these places. Without places, of all. */
function looksAt(detectors: readonly DetectorFacts[], places: readonly PlaceFacts[]): DetectorLook[] {
  return detectors.flatMap(({ plugin, status, isChanged }) => {
    const looks = places.flatMap(({ looks }) => looks[plugin] ?? []);
    if (places.length > 0 && looks.length === 0) return [];
    return [{ status, isChanged, places: looks.map(placeHealth) }];
  });
}

function changeOf(facts: FindingChangeFacts, { scanProblem, baseline }: ChangeTerms): DecidedChange {
  const { findingId, isSeen, isFirstSeen, wasFixed, detectors, places } = facts;
  const looks = looksAt(detectors, places);
  const decision = decideChange({ isSeen, isFirstSeen, wasFixed, scanProblem, looks });
  const cause = decision.change === "new" ? causeOf(facts, baseline) : null;
  return { findingId, ...decision, cause };
}

/** Of several detectors that found it, one that the baseline had just the same says most. */
function causeOf({ novelty }: FindingChangeFacts, { hasBaseline, isScopeChanged }: BaselineFacts) {
  const causes = novelty.map((facts) => newCause({ ...facts, hasBaseline, isScopeChanged }));
  return causes.find((cause) => cause === "new_exposure") ?? causes[0] ?? "new_exposure";
}

/** Places that do not show the finding any more, judged one by one as a finding is. */
function fixedPlaces({ detectors, places }: FindingChangeFacts, { scanProblem }: ChangeTerms): string[] {
  const unseen = { isSeen: false, isFirstSeen: false, wasFixed: false, scanProblem };
  return places.flatMap((place) => {
    const { change } = decideChange({ ...unseen, looks: looksAt(detectors, [place]) });
    return change === "fixed" ? place.instanceIds : [];
  });
}
