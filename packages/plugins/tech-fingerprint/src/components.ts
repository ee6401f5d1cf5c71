import type { PackInput } from "@picket/plugin-sdk";
import type { Detection } from "./detect.ts";
import { cpeOf } from "./version.ts";

/** A detection and the exchange that shows it. */
export interface Sighting {
  readonly detection: Detection;
  readonly url: string;
  readonly fetchId: string;
}

/** Most trusted first; ties by URL and text, so that the order of reading changes nothing. */
function rank(a: Sighting, b: Sighting): number {
  const byConfidence = b.detection.confidence - a.detection.confidence;
  if (byConfidence !== 0) return byConfidence;
  if (a.url !== b.url) return a.url < b.url ? -1 : 1;
  return a.detection.snippet < b.detection.snippet ? -1 : 1;
}

function byVersion({ detection: a }: Sighting, { detection: b }: Sighting): number {
  return (a.version ?? "") < (b.version ?? "") ? -1 : 1;
}

function packOf({ detection, fetchId }: Sighting, number: number): PackInput {
  const { product, version, confidence, snippet, location } = detection;
  const ref = `component-${number}`;
  const kind = version === null ? "pattern" : "version_banner";
  return {
    event: "pack",
    events: [
      { event: "evidence", ref, kind, snippet, location, fetchId },
      {
        event: "component",
        name: product.name,
        confidence,
        evidence: [ref],
        ...(version === null ? {} : { version }),
        ...(version !== null && product.cpe ? { cpe: cpeOf(product.cpe, version) } : {}),
      },
    ],
  };
}

/** Collects sightings and keeps the best for each product and version. */
export function createComponents() {
  const best = new Map<string, Map<string | null, Sighting>>();
  return {
    add(sighting: Sighting): void {
      const { product, version } = sighting.detection;
      const versions = best.get(product.name) ?? new Map<string | null, Sighting>();
      best.set(product.name, versions);
      const known = versions.get(version);
      if (!known || rank(sighting, known) < 0) versions.set(version, sighting);
    },
    /** One pack for each product and version, by name; without a version only where none was seen. */
    packs(): PackInput[] {
      const kept = [...best.keys()].sort().flatMap((name) => {
        const versions = [...(best.get(name)?.values() ?? [])];
        const stated = versions.filter(({ detection }) => detection.version !== null);
        return (stated.length > 0 ? stated : versions).sort(byVersion);
      });
      return kept.map((sighting, index) => packOf(sighting, index + 1));
    },
  };
}
