import type { LogFields } from "@picket/plugin-sdk";

/** Messages of one run that are kept; a plugin says a handful. */
const MAX_NOTES = 20;

export type RunNotes = Record<string, Record<string, number>>;

/** What a plugin says in figures: how much it covered and which of its caps it met. Words without figures are only logged. */
export function createRunNotes(): { add(message: string, fields: LogFields): void; notes(): RunNotes } {
  const kept = new Map<string, Record<string, number>>();
  return {
    add(message, fields) {
      const figures = Object.entries(fields).filter(
        (entry): entry is [string, number] => typeof entry[1] === "number" && entry[1] !== 0,
      );
      if (figures.length === 0 || (kept.size >= MAX_NOTES && !kept.has(message))) return;
      kept.set(message, Object.fromEntries(figures));
    },
    notes: () => Object.fromEntries(kept),
  };
}
