import { readFile } from "node:fs/promises";
import { AppError, assertNever, PLUGIN_PROTOCOL, toError } from "@picket/core";
import { type ChildMessage, MAX_LOG_LINES } from "@picket/plugin-sdk/protocol";
import { invalidPlugin, sha256 } from "./bundle-plugin.ts";
import { type CallDesk, createCallDesk } from "./call-desk.ts";
import { createEventIntake, type EventIntake } from "./event-intake.ts";
import { type ExitFacts, exitReason, type Verdict } from "./exit-reason.ts";
import type { Launcher } from "./launch.ts";
import type { ModuleRunResult, PluginPorts, RunRequest } from "./plugin-ports.ts";
import { type PluginProcess, type ProcessEnd, startProcess } from "./plugin-process.ts";
import { withSourcePositions } from "./source-positions.ts";

type Ready = Extract<ChildMessage, { kind: "ready" }>;

interface Stop extends Verdict {
  /** Set when the platform failed, not the plugin: the run rejects with it. */
  error?: Error;
}

/** Whom a rejected port blames. */
function stopFor(thrown: unknown): Stop {
  const error = toError(thrown);
  const code = error instanceof AppError ? error.code : null;
  if (code === "PROTOCOL_VIOLATION") return { reason: "protocol_error", detail: error.message };
  if (code === "STALE_ATTEMPT") return { reason: "cancelled", detail: error.message };
  return { reason: "cancelled", detail: error.message, error };
}

function violation(message: string): AppError {
  return new AppError("PROTOCOL_VIOLATION", message);
}

/** One run, from its first message to its last. */
class ModuleRun {
  readonly #request: RunRequest;
  readonly #ports: PluginPorts;
  readonly #process: PluginProcess;
  readonly #intake: EventIntake;
  readonly #desk: CallDesk;
  readonly #abort = new AbortController();
  readonly #startedAt = new Date();
  readonly #startedMs = performance.now();
  #phase: "starting" | "running" | "finished" = "starting";
  #firstMessageMs: number | null = null;
  #logLines = 0;
  #droppedLogLines = 0;
  #stop: Stop | null = null;
  #lastWord: ExitFacts["lastWord"] = null;

  constructor(launcher: Launcher, request: RunRequest, ports: PluginPorts) {
    const { bundlePath, limits, expected } = request;
    const onFailure = (error: unknown) => this.#end(stopFor(error), "kill");
    this.#request = request;
    this.#ports = ports;
    this.#process = startProcess(
      launcher,
      { path: bundlePath, memoryMb: limits.memoryMb },
      { onMessage: (message) => this.#handle(message), onViolation: onFailure },
    );
    this.#intake = createEventIntake({
      emits: expected.emits,
      store: (batch) => ports.events(batch),
      onStored: (count) => this.#process.send({ kind: "credit", count }),
      onFailure,
    });
    this.#desk = createCallDesk({
      ports,
      limits,
      signal: this.#abort.signal,
      send: this.#process.send,
      onFailure,
    });
  }

  async result(signal: AbortSignal): Promise<ModuleRunResult> {
    const timer = this.#startTimer();
    const onAbort = () => this.#end({ reason: "cancelled", detail: toError(signal.reason).message }, "stop");
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      const end = await this.#process.ended;
      await this.#intake.settled();
      return await this.#resultOf(end);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      this.#abort.abort();
    }
  }

  #startTimer(): NodeJS.Timeout {
    const { deadline, limits } = this.#request;
    const timeoutMs = Math.max(0, Math.min(limits.timeoutMs, deadline - Date.now()));
    const stop = { reason: "timed_out", detail: `not done after ${timeoutMs} ms` } as const;
    return setTimeout(() => this.#end(stop, "stop"), timeoutMs);
  }

  /** The first reason counts, as it caused all that follows. */
  #end(stop: Stop, how: "stop" | "kill"): void {
    this.#stop ??= stop;
    this.#abort.abort();
    this.#process[how]();
  }

  #handle(message: ChildMessage): void {
    // What was on its way when the last word was read counts as little as what would have come later.
    if (this.#phase === "finished") return;
    const isExpected = message.kind === "ready" ? this.#phase === "starting" : this.#phase === "running";
    if (!isExpected) throw violation(`a ${message.kind} message while ${this.#phase}`);
    switch (message.kind) {
      case "ready":
        this.#start(message);
        break;
      case "events":
        this.#intake.accept(message.events);
        break;
      case "http":
      case "tls":
      case "callback":
      case "session":
        this.#desk.accept(message);
        break;
      case "log":
        this.#logLines += 1;
        if (this.#logLines > MAX_LOG_LINES) throw violation(`more than ${MAX_LOG_LINES} log lines`);
        this.#ports.log(message.line);
        break;
      case "done":
        this.#droppedLogLines = message.droppedLogLines;
        this.#finish(message);
        break;
      case "failed":
        this.#finish(message);
        break;
      case "manifest":
        throw violation("a manifest that was not asked for");
      default:
        assertNever(message);
    }
  }

  #start({ protocol, name, version }: Ready): void {
    const { expected, scan, settings, capabilities, storageMode } = this.#request;
    if (protocol !== PLUGIN_PROTOCOL) throw violation(`speaks protocol ${protocol}, not ${PLUGIN_PROTOCOL}`);
    if (name !== expected.name || version !== expected.version)
      throw violation(`is ${name} ${version}, not ${expected.name} ${expected.version}`);
    this.#firstMessageMs = Math.round(performance.now() - this.#startedMs);
    this.#phase = "running";
    this.#process.send({ kind: "run", scan, settings, capabilities, storageMode });
  }

  #finish(lastWord: NonNullable<ExitFacts["lastWord"]>): void {
    this.#lastWord = lastWord;
    this.#phase = "finished";
    this.#process.close();
  }

  async #resultOf(end: ProcessEnd): Promise<ModuleRunResult> {
    if (this.#stop?.error) throw this.#stop.error;
    const { reason, detail } = exitReason({ stop: this.#stop, lastWord: this.#lastWord, end });
    const { bundlePath } = this.#request;
    const { stdoutBytes, stderrBytes, stderrTail, throttledMs } = end;
    const tail = await withSourcePositions(stderrTail.join("\n"), bundlePath);
    return {
      reason,
      ...(detail !== undefined && { detail: await withSourcePositions(detail, bundlePath) }),
      startedAt: this.#startedAt,
      endedAt: new Date(),
      firstMessageMs: this.#firstMessageMs,
      counters: {
        ...this.#intake.stored,
        stdoutBytes,
        stderrBytes,
        throttledMs,
        httpRequests: this.#desk.httpRequests,
        droppedLogLines: this.#droppedLogLines,
      },
      stderrTail: tail === "" ? [] : tail.split("\n"),
    };
  }
}

async function verifyBundle(path: string, codeDigest: string): Promise<void> {
  const contents = await readFile(path).catch((cause: Error) => {
    throw invalidPlugin(path, `cannot be read: ${cause.message}; a restart bundles it again`, cause);
  });
  const actual = sha256(contents);
  if (actual !== codeDigest)
    throw invalidPlugin(path, `has the digest ${actual}, not the registered ${codeDigest}`);
}

/**
 * Runs a plugin once, in a process of its own, and says how it ended. Whatever the plugin does is a result; it rejects
 * only when the platform fails: a port that cannot do its work, a bundle that is not the registered one, a process that
 * cannot be started.
 */
export async function runPlugin(
  launcher: Launcher,
  request: RunRequest,
  ports: PluginPorts,
  signal: AbortSignal,
): Promise<ModuleRunResult> {
  await verifyBundle(request.bundlePath, request.expected.codeDigest);
  return new ModuleRun(launcher, request, ports).result(signal);
}
