import { AppError, type EvidenceKind, type PluginManifest, type SingleEvent } from "@picket/core";

/** Proofs that a target can give by accident: a page that answers everything, repeats what it is sent, is slow, or behind something
 * that follows whatever address it sees. */
const NEEDS_CONTROL: ReadonlySet<EvidenceKind> = new Set([
  "content_proof",
  "pattern",
  "reflection",
  "differential",
  "timing",
  "callback",
  "lookup",
]);

/**
 * Throws INVALID_PLUGIN when a plugin that probes proves a finding in a way that needs a negative control and reports
 * none with it. A plugin that only reads what was recorded cannot ask for one.
 */
export function assertControlled(
  { name, requiredCapabilities }: Pick<PluginManifest, "name" | "requiredCapabilities">,
  events: readonly SingleEvent[],
): void {
  const probes = requiredCapabilities.some((one) => one === "http:active" || one === "http:intrusive");
  if (!probes) return;
  const kinds = new Map<string, EvidenceKind>();
  for (const event of events) if (event.event === "evidence") kinds.set(event.ref, event.kind);
  for (const event of events) {
    if (event.event !== "finding") continue;
    const proofs = event.evidence.flatMap((ref) => kinds.get(ref) ?? []);
    const claim = proofs.find((kind) => NEEDS_CONTROL.has(kind));
    if (!claim || proofs.includes("negative_control")) continue;
    throw new AppError(
      "INVALID_PLUGIN",
      `${name} proves ${event.type} by ${claim} without a negative control`,
      {
        hint: "Make a request that must not show it, such as context.control.randomPath, and report it as evidence of kind negative_control.",
      },
    );
  }
}
