import type { NewFinding } from "@picket/db";
import { proof, sighting } from "@picket/db/testing";

/** What every sighting of a bench is shown by. */
export const PROOF = proof("no header");

/** The same weakness, of another root cause and at another place. */
export function sightingAt(url: string, rootCause: NewFinding["rootCause"]): NewFinding {
  return sighting(url, [PROOF], { rootCause });
}
