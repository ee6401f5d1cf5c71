import type { NewEvidence, NewFinding } from "@picket/db";

/** What every sighting of a bench is shown by. */
export const PROOF: NewEvidence = {
  hash: "a".repeat(64),
  fetchId: null,
  kind: "observation",
  snippet: "no header",
  location: { part: "response_header" },
  controlHeld: null,
  details: {},
  redactionVersion: 1,
};

/** The same weakness, of another root cause and at another place. */
export function sightingAt(url: string, rootCause: NewFinding["rootCause"]): NewFinding {
  return {
    type: "missing-hsts",
    rootCause,
    title: "None",
    description: "There is none.",
    severity: "low",
    remediation: "Set one.",
    references: [],
    cwe: null,
    cve: null,
    sourceModule: "headers",
    instance: { method: "GET", url },
    evidenceHashes: [PROOF.hash],
  };
}
