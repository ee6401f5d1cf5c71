import type { FindingSummary } from "@picket/core";
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
