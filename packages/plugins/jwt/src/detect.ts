import { type FoundMark, findSecretMarks } from "@picket/core";
import type { ClaimId } from "./claims.ts";

/** Access tokens live for minutes, refresh tokens for weeks. */
const LONG_LIFE_DAYS = 90;

function days(traits: readonly string[]): number {
  const trait = traits.find((one) => one.startsWith("days."));
  return Number(trait?.slice("days.".length) ?? 0);
}

/** What is wrong with the token that a mark stands for; nothing when it is none, or a published example. */
function weaknessesOf({ traits }: FoundMark): ClaimId[] {
  if (!traits.includes("jwt") || traits.includes("example")) return [];
  const isUnsigned = traits.includes("alg.none") || traits.includes("unsigned");
  return [
    ...(isUnsigned ? (["jwt-unsigned"] as const) : []),
    ...(traits.includes("weak-key") ? (["jwt-weak-key"] as const) : []),
    ...(traits.includes("private-claims") ? (["jwt-private-claims"] as const) : []),
    ...(traits.includes("no-exp") ? (["jwt-no-expiry"] as const) : []),
    ...(days(traits) >= LONG_LIFE_DAYS ? (["jwt-long-life"] as const) : []),
  ];
}

/** Tokens of a text with what is wrong with them. */
export function detect(text: string): { mark: FoundMark; claim: ClaimId }[] {
  return [...findSecretMarks(text)].flatMap((mark) => weaknessesOf(mark).map((claim) => ({ mark, claim })));
}
