import { createHash } from "node:crypto";
import { isTerminal, ModuleProgress, ScanProgress } from "@picket/core";
import type { ScanSnapshot } from "@picket/db";
import { z } from "zod";

/** The same for the same state, whichever process asks. */
export function snapshotId(snapshot: ScanSnapshot): string {
  return createHash("sha256").update(JSON.stringify(snapshot)).digest("base64url").slice(0, 22);
}

/**
 * What a client that knows `before` must be told to know `now`, as text of server-sent events; empty when nothing
 * changed. The last event carries the state's id: a client that lost one before it is told everything again.
 */
export function scanMessages(before: ScanSnapshot | null, now: ScanSnapshot): string {
  const told = new Set(before && eventsOf(before));
  const events = eventsOf(now).filter((event) => !told.has(event));
  const last = events.pop();
  return last === undefined ? "" : [...events, `id: ${snapshotId(now)}\n${last}`].join("");
}

function eventsOf({ scan, modules }: ScanSnapshot): string[] {
  return [
    eventText("scan", z.encode(ScanProgress, scan)),
    ...modules.map((module) => eventText("module", z.encode(ModuleProgress, module))),
    ...(isTerminal(scan.status) ? [eventText("end", { status: scan.status })] : []),
  ];
}

/** JSON holds no line break, so one `data` line is enough. */
function eventText(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
