import { AppError, PluginEvent, type SingleEvent } from "@picket/core";
import { z } from "zod";
import { forgetOldest, NAMED_EVIDENCE } from "./evidence-names.ts";

/** Events that one run may yield; a pack counts as its events. Past it the run ends with `protocol_error`. */
const MAX_EVENTS_PER_RUN = 200_000;

function violation(message: string): AppError {
  return new AppError("PROTOCOL_VIOLATION", message);
}

/** The events of a pack, evidence first: inside a pack any order is right. */
function inOrder(event: PluginEvent): readonly SingleEvent[] {
  if (event.event !== "pack") return [event];
  const isEvidence = ({ event: kind }: SingleEvent) => kind === "evidence";
  return [...event.events.filter(isEvidence), ...event.events.filter((other) => !isEvidence(other))];
}

/**
 * Checks the events of one run, in order: schema, `emits`, evidence reported before it is named, and not more than
 * `NAMED_EVIDENCE` ago, and at most `MAX_EVENTS_PER_RUN`. Returns each with its defaults filled in; throws PROTOCOL_VIOLATION that says what was wrong.
 */
export function createEventCheck(emits: readonly string[]): (raw: unknown) => PluginEvent {
  const refs = new Set<string>();
  let count = 0;

  function checkRefs(used: readonly string[], what: string): void {
    const unknown = used.find((ref) => !refs.has(ref));
    if (unknown !== undefined)
      throw violation(
        `${what} names the evidence ${unknown}, which is not among the last ${NAMED_EVIDENCE} reported before it`,
      );
  }

  function checkOne(event: SingleEvent): void {
    count += 1;
    if (count > MAX_EVENTS_PER_RUN) throw violation(`more than ${MAX_EVENTS_PER_RUN} events`);
    switch (event.event) {
      case "evidence":
        if (refs.has(event.ref)) throw violation(`evidence ${event.ref} was reported twice`);
        refs.add(event.ref);
        forgetOldest(refs);
        return;
      case "finding":
        if (!emits.includes(event.type))
          throw violation(`finding type ${event.type} is not in the manifest's emits`);
        checkRefs(event.evidence, `finding ${event.type}`);
        return;
      case "component":
        checkRefs(event.evidence, `component ${event.name}`);
    }
  }

  return (raw) => {
    const parsed = PluginEvent.safeParse(raw);
    if (!parsed.success) throw violation(`event breaks its schema: ${z.prettifyError(parsed.error)}`);
    for (const event of inOrder(parsed.data)) checkOne(event);
    return parsed.data;
  };
}
