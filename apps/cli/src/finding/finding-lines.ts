import type { ChangeResource, FindingSummary } from "@picket/core";
import { confidenceLabel, oneLine, paint, plural, severityLabel } from "../output.ts";

const WIDTH = 110;

function whereOf({ place, instanceCount }: FindingSummary): string {
  if (!place) return "";
  const parameter = place.parameter ? ` ${place.parameter.in} ${place.parameter.name}` : "";
  const more = instanceCount > 1 ? ` and ${plural(instanceCount - 1, "more place")}` : "";
  return `${place.method} ${oneLine(place.url, WIDTH)}${parameter}${more}`;
}

/** Severity, confidence and title; where; the line of evidence. */
export function findingLines(finding: FindingSummary): string[] {
  const { severity, confidence, confidenceScore, title, proof } = finding;
  const where = whereOf(finding);
  return [
    `${severityLabel(severity)} ${confidenceLabel(confidence, confidenceScore)} ${paint("bold", oneLine(title, WIDTH))}`,
    ...(where ? [`${" ".repeat(22)}${where}`] : []),
    ...(proof ? [paint("gray", `${" ".repeat(22)}${oneLine(proof.snippet, WIDTH)}`)] : []),
  ];
}

export const FINDING_HEADING = `${"SEVERITY".padEnd(8)} ${"CONFIDENCE".padEnd(12)} FINDING`;

const CAUSES: Partial<Record<string, string>> = {
  new_detector: "new: a plugin looked that did not look before",
  new_rule_version: "new: a plugin looks in another way than before",
  new_intel: "new: what is known of vulnerabilities changed",
  scope_change: "new: the scope changed",
};

/** Nothing for what is new because the application shows it now: that is what new means. */
export function whyLines({ change, reason, cause }: Omit<ChangeResource, "finding">): string[] {
  const why = {
    new: cause ? CAUSES[cause] : undefined,
    reopened: "reopened: was fixed and is back",
    still_present: undefined,
    fixed: undefined,
    not_observed: `not observed: ${reason?.replaceAll("_", " ")}`,
  }[change];
  return why ? [paint("yellow", `${" ".repeat(22)}${why}`)] : [];
}
