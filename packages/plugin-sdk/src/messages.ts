import { CallbackQuery, type Capability, type StorageMode } from "@picket/core";
import { z } from "zod";
import { MAX_EVENTS_PER_MESSAGE, MAX_LOG_LENGTH } from "./limits.ts";
import type { ScanInfo } from "./plugin-context.ts";

/**
 * The conversation over the channel. The child speaks first:
 *
 *     child                          parent
 *     ready ───────────────────────▶
 *           ◀─────────────────────── run, or describe
 *     manifest                         (answer to describe; the end)
 *     events ──────────────────────▶   at most EVENT_CREDITS not yet acknowledged
 *           ◀─────────────────────── credit, once they are stored
 *     http, tls, callback, session ▶
 *           ◀─────────────────────── reply
 *           ◀─────────────────────── abort
 *     done or failed ──────────────▶   the end
 *
 * The parent checks every message with these schemas; one that breaks them ends the run with `protocol_error`.
 */

const CallId = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const Page = z.strictObject({
  cursor: z.string().max(512).nullable(),
  limit: z.int().min(1).max(200),
});

const Filter = z.strictObject({
  method: z.string().max(16).optional(),
  contentTypes: z.array(z.string().max(200)).max(50).optional(),
  source: z.enum(["broker", "plugin"]).optional(),
});

/** What a plugin may ask of the session. */
export const SessionQuery = z.discriminatedUnion("list", [
  z.strictObject({ list: z.literal("endpoints"), page: Page }),
  z.strictObject({ list: z.literal("components"), page: Page }),
  z.strictObject({ list: z.literal("known"), page: Page }),
  z.strictObject({ list: z.literal("fetches"), page: Page, filter: Filter }),
  z.strictObject({ list: z.literal("body"), fetchId: z.uuid() }),
]);
export type SessionQuery = z.infer<typeof SessionQuery>;

/** An error as it crosses the channel, cut to size. */
export const RemoteError = z.strictObject({
  name: z.string().max(200),
  message: z.string().max(4_000),
  stack: z.string().max(16_000),
});
export type RemoteError = z.infer<typeof RemoteError>;

const LogLine = z.strictObject({
  level: z.enum(["debug", "info", "warn"]),
  message: z.string().max(MAX_LOG_LENGTH),
  fields: z.record(
    z.string().max(100),
    z.union([z.string().max(MAX_LOG_LENGTH), z.number(), z.boolean(), z.null()]),
  ),
});
export type LogLine = z.infer<typeof LogLine>;

export const ChildMessage = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("ready"),
    protocol: z.number(),
    name: z.string().max(200),
    version: z.string().max(200),
  }),
  z.strictObject({ kind: z.literal("manifest"), manifest: z.unknown() }),
  z.strictObject({
    kind: z.literal("events"),
    events: z.array(z.unknown()).min(1).max(MAX_EVENTS_PER_MESSAGE),
  }),
  z.strictObject({ kind: z.literal("http"), id: CallId, request: z.unknown() }),
  z.strictObject({ kind: z.literal("tls"), id: CallId, probe: z.unknown() }),
  z.strictObject({ kind: z.literal("callback"), id: CallId, query: CallbackQuery }),
  z.strictObject({ kind: z.literal("session"), id: CallId, query: SessionQuery }),
  z.strictObject({ kind: z.literal("log"), line: LogLine }),
  /** `droppedLogLines`: lines beyond `MAX_LOG_LINES`. */
  z.strictObject({ kind: z.literal("done"), droppedLogLines: z.int().min(0) }),
  z.strictObject({ kind: z.literal("failed"), error: RemoteError }),
]);
export type ChildMessage = z.infer<typeof ChildMessage>;

/** The child trusts its parent: these are types only. */
export type ParentMessage =
  | { kind: "describe" }
  | {
      kind: "run";
      scan: ScanInfo;
      settings: Record<string, unknown>;
      capabilities: readonly Capability[];
      storageMode: StorageMode;
    }
  | { kind: "credit"; count: number }
  | { kind: "reply"; id: number; value: unknown }
  | { kind: "abort" };
