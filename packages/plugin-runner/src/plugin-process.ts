import type { ChildProcess } from "node:child_process";
import { Duplex, type Readable } from "node:stream";
import { AppError, toError } from "@picket/core";
import {
  CHANNEL_FD,
  ChildMessage,
  decodeMessage,
  encodeMessage,
  FrameReader,
  frameOf,
  MAX_EVENTS_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_DEPTH,
  type ParentMessage,
} from "@picket/plugin-sdk/protocol";
import { z } from "zod";
import { limitCpuShare } from "./cpu-share.ts";
import type { Launcher, Program } from "./launch.ts";
import { drain } from "./output-tail.ts";
import { spawnProgram } from "./spawn-program.ts";

/** Time from the abort message to SIGTERM, and from there to SIGKILL, ms: a run is over within 2 s of its deadline. */
const GRACE_MS = 750;

export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdoutBytes: number;
  stderrBytes: number;
  stderrTail: string[];
  /** How long it was held back because it burned a processor, ms. */
  throttledMs: number;
}

export interface PluginProcess {
  send(message: ParentMessage): void;
  /** Abort message, SIGTERM after `GRACE_MS`, SIGKILL after as much again. */
  stop(): void;
  /** SIGKILL to the whole process group, now. */
  kill(): void;
  /** Closes the channel, on which the process ends by itself; SIGKILL when it has not after `GRACE_MS`. */
  close(): void;
  /** Once the process is gone and its output is read. Rejects only when it could not be started. */
  readonly ended: Promise<ProcessEnd>;
}

export interface Conversation {
  onMessage(message: ChildMessage): void;
  /** What the child sent was no message. */
  onViolation(error: AppError): void;
}

/** The message in a frame, checked. Throws PROTOCOL_VIOLATION. */
function readMessage(frame: Buffer, maxDepth: number): ChildMessage {
  const parsed = ChildMessage.safeParse(decodeMessage(frame, maxDepth));
  if (!parsed.success)
    throw new AppError("PROTOCOL_VIOLATION", `not a message: ${z.prettifyError(parsed.error).slice(0, 500)}`);
  if (parsed.data.kind === "events" && frame.byteLength > MAX_EVENTS_BYTES)
    throw new AppError(
      "PROTOCOL_VIOLATION",
      `events of ${frame.byteLength} bytes, at most ${MAX_EVENTS_BYTES}`,
    );
  return parsed.data;
}

function listen(channel: Duplex, maxDepth: number, conversation: Conversation): void {
  const frames = new FrameReader(MAX_MESSAGE_BYTES);
  channel.on("data", (chunk: Buffer) => {
    try {
      for (const frame of frames.push(chunk)) conversation.onMessage(readMessage(frame, maxDepth));
    } catch (error) {
      channel.destroy();
      conversation.onViolation(toViolation(error));
    }
  });
  // The child is gone or going; how it ended says its exit.
  channel.on("error", () => channel.destroy());
}

function toViolation(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError("PROTOCOL_VIOLATION", toError(error).message, { cause: error });
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // Already gone.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** The pipes of a child that was spawned with them. */
function pipesOf(child: ChildProcess): { stdout: Readable; stderr: Readable; channel: Duplex } {
  const channel = child.stdio[CHANNEL_FD];
  if (child.stdout && child.stderr && channel instanceof Duplex)
    return { stdout: child.stdout, stderr: child.stderr, channel };
  throw new AppError("INTERNAL", "a plugin's process has no pipes");
}

/** Starts a program as the leader of its own process group. */
export function startProcess(
  launcher: Launcher,
  program: Program,
  conversation: Conversation,
  maxDepth: number = MAX_MESSAGE_DEPTH,
): PluginProcess {
  const child = spawnProgram(launcher, program, { detached: true });
  const { stdout, stderr, channel } = pipesOf(child);
  const [out, err] = [drain(stdout), drain(stderr)];
  const share = child.pid === undefined ? null : limitCpuShare(child.pid);
  listen(channel, maxDepth, {
    ...conversation,
    onMessage(message) {
      share?.hear();
      conversation.onMessage(message);
    },
  });
  const timers: NodeJS.Timeout[] = [];
  let isGone = false;
  const signalNow = (signal: NodeJS.Signals) => {
    // Its id may belong to another process by now.
    if (!isGone) signalGroup(child.pid, signal);
  };
  const later = (signal: NodeJS.Signals, delayMs: number) => {
    if (!isGone) timers.push(setTimeout(() => signalNow(signal), delayMs));
  };
  const send = (message: ParentMessage) => {
    if (channel.writable) channel.write(frameOf(encodeMessage(message)));
  };

  // A process that closed its channel can neither say nor hear anything any more.
  channel.once("close", () => later("SIGKILL", GRACE_MS));

  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.once("error", (cause) =>
      reject(
        new AppError("ISOLATION_UNAVAILABLE", `cannot start ${child.spawnfile}: ${cause.message}`, { cause }),
      ),
    );
    child.once("exit", () => {
      isGone = true;
      share?.stop();
      channel.end();
    });
    child.once("close", (code, signal) => {
      for (const timer of timers) clearTimeout(timer);
      const output = { stdoutBytes: out.bytes, stderrBytes: err.bytes, stderrTail: err.lastLines() };
      resolve({ code, signal, ...output, throttledMs: share?.throttledMs ?? 0 });
    });
  });

  return {
    ended,
    send,
    kill: () => signalNow("SIGKILL"),
    close: () => void channel.destroy(),
    stop() {
      send({ kind: "abort" });
      later("SIGTERM", GRACE_MS);
      later("SIGKILL", 2 * GRACE_MS);
    },
  };
}
