import type { EvidenceEvent, FindingEvent, PluginEvent, SingleEvent } from "@picket/core";
import { oneLine, paint, severityLabel } from "../output.ts";

const WIDTH = 110;

function label(kind: string): string {
  return paint("bold", kind.padEnd(10));
}

function evidenceLine({ ref, kind, snippet, location }: EvidenceEvent): string {
  const where = [location.part, location.name, location.offset]
    .filter((part) => part !== undefined)
    .join(" ");
  return `${label("evidence")} ${ref}: ${kind}, ${where}: ${oneLine(snippet, WIDTH)}`;
}

function findingLine({ type, title, severity, instance, evidence }: FindingEvent): string {
  const { method, url, parameter } = instance;
  const place = `${method} ${url}${parameter ? ` (${parameter.in} ${parameter.name})` : ""}`;
  return `${label("finding")} ${severityLabel(severity)} ${type}: ${oneLine(title, WIDTH)}
${" ".repeat(11)}${oneLine(place, WIDTH)}, by ${evidence.join(", ")}`;
}

function singleLine(event: SingleEvent): string {
  switch (event.event) {
    case "endpoint":
      return `${label("endpoint")} ${event.method} ${oneLine(event.url, WIDTH)} (${event.source})`;
    case "fetch":
      return `${label("fetch")} ${event.method} ${oneLine(event.url, WIDTH)} → ${event.status}`;
    case "evidence":
      return evidenceLine(event);
    case "finding":
      return findingLine(event);
    case "component":
      return `${label("component")} ${oneLine(`${event.name} ${event.version ?? ""}`, WIDTH)} (${event.confidence})`;
    case "cve_candidate":
      return `${label("cve")} ${event.cveId} for ${oneLine(event.component.name, WIDTH)} (${event.confidence})`;
  }
}

/** An event for a person to read; a pack as its events. */
export function eventLines(event: PluginEvent): string[] {
  return (event.event === "pack" ? event.events : [event]).map(singleLine);
}
