import type { ChangeResource, FindingSummary } from "@picket/core";
import { confidenceLabel, oneLine, paint, plural, severityLabel } from "../output.ts";

type ChangeStatement = Omit<ChangeResource, "finding">;

const WIDTH = 110;

function whereOf({ place, instanceCount }: FindingSummary): string {
  if (!place) return "";
  const parameter = place.parameter ? ` ${place.parameter.in} ${place.parameter.name}` : "";
  const more = instanceCount > 1 ? ` and ${plural(instanceCount - 1, "more place")}` : "";
  return `${place.method} ${oneLine(place.url, WIDTH)}${parameter}${more}`;
}

const INDENT = " ".repeat(22);

/** Severity, confidence and title; where; the line of evidence; its id, which the other commands take. */
export function findingLines(finding: FindingSummary): string[] {
  const { id, severity, confidence, confidenceScore, title, proof, isExcepted } = finding;
  const where = whereOf(finding);
  return [
    `${severityLabel(severity)} ${confidenceLabel(confidence, confidenceScore)} ${paint("bold", oneLine(title, WIDTH))}`,
    ...(where ? [`${INDENT}${where}`] : []),
    ...(proof ? [paint("gray", `${INDENT}${oneLine(proof.snippet, WIDTH)}`)] : []),
    paint("gray", `${INDENT}${id}`),
    ...(isExcepted ? [paint("yellow", `${INDENT}accepted: an exception covers it`)] : []),
  ];
}

export const FINDING_HEADING = `${"SEVERITY".padEnd(8)} ${"CONFIDENCE".padEnd(12)} FINDING`;

const CAUSES: Partial<Record<string, string>> = {
  new_detector: "new: a plugin looked that did not look before",
  new_rule_version: "new: a plugin looks in another way than before",
  new_intel: "new: what is known of vulnerabilities changed",
  scope_change: "new: the scope changed",
};

/** `not observed: blocked`, `new: new exposure`. */
export function statementWords({ change, reason, cause }: ChangeStatement): string {
  return [change, reason ?? cause ?? ""].filter(Boolean).join(": ").replaceAll("_", " ");
}

/** Nothing for what is new because the application shows it now: that is what new means. */
export function whyLines(said: ChangeStatement): string[] {
  const why = {
    new: said.cause ? CAUSES[said.cause] : undefined,
    reopened: "reopened: was fixed and is back",
    still_present: undefined,
    fixed: undefined,
    not_observed: statementWords(said),
  }[said.change];
  return why ? [paint("yellow", `${INDENT}${why}`)] : [];
}
