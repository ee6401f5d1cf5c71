import type {
  CallbackPort,
  Capability,
  ExitReason,
  HttpRequest,
  HttpResult,
  PluginEvent,
  PluginLimits,
  PluginManifest,
  StorageMode,
  TlsProbe,
  TlsResult,
} from "@picket/core";
import type { ScanInfo, SessionPort } from "@picket/plugin-sdk";
import type { LogLine } from "@picket/plugin-sdk/protocol";

/** Which plugin must be found in the bundle. */
export interface ExpectedPlugin extends Pick<PluginManifest, "name" | "version" | "emits"> {
  /** SHA-256 of the bundle, hex; checked right before the process starts. */
  codeDigest: string;
}

/** One module run. */
export interface RunRequest {
  bundlePath: string;
  expected: ExpectedPlugin;
  scan: ScanInfo;
  /** Only what differs from the plugin's defaults need be there. */
  settings: Record<string, unknown>;
  /** What the plugin declared and the profile granted; for the plugin to read, the broker enforces it. */
  capabilities: readonly Capability[];
  storageMode: StorageMode;
  limits: PluginLimits;
  /** Milliseconds since 1970; the run also ends after `limits.timeoutMs`. */
  deadline: number;
}

/**
 * What the worker does for a plugin. A rejection with PROTOCOL_VIOLATION blames the plugin, one with STALE_ATTEMPT ends
 * the run as `cancelled`; any other is the platform's own failure and rejects the run.
 */
export interface PluginPorts {
  /** A target's failure is a result. */
  http(request: HttpRequest, signal: AbortSignal): Promise<HttpResult>;
  /** As `http`: refusals are results. */
  tls(probe: TlsProbe, signal: AbortSignal): Promise<TlsResult>;
  /** As `http`: refusals are results. */
  callbacks: CallbackPort;
  session: SessionPort;
  /** Resolves when the events are stored. Called with one batch at a time, in order. */
  events(batch: PluginEvent[]): Promise<void>;
  log(line: LogLine): void;
}

export interface ModuleRunResult {
  reason: ExitReason;
  /** Why, in words; absent when `completed`. */
  detail?: string;
  startedAt: Date;
  endedAt: Date;
  /** From starting the process to its first message, ms; null when it never spoke. */
  firstMessageMs: number | null;
  counters: {
    /** Events stored; a pack is one. */
    events: number;
    batches: number;
    stdoutBytes: number;
    stderrBytes: number;
    /** How long it was held back because it burned a processor, ms. */
    throttledMs: number;
    /** Requests and TLS probes handed to the broker. */
    httpRequests: number;
    /** Log lines that were not sent, because there were too many. */
    droppedLogLines: number;
  };
  /** Last lines that the process wrote to stderr, at most 100. */
  stderrTail: string[];
}
