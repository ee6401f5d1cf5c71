import { writeSync } from "node:fs";
import type { Socket } from "node:net";
import { type HttpResult, PLUGIN_PROTOCOL, type TlsResult, toError } from "@picket/core";
import { createCalls, createRemoteCallbacks, createRemoteSession } from "./child-calls.ts";
import { createRemoteLog } from "./child-log.ts";
import { createContext } from "./create-context.ts";
import { isPlugin, manifestOf, type Plugin, parseSettings } from "./define-plugin.ts";
import { createEventSender } from "./event-sender.ts";
import { MAX_MESSAGE_TO_CHILD_BYTES } from "./limits.ts";
import type { ChildMessage, ParentMessage, RemoteError } from "./messages.ts";
import { CHANNEL_FD, decodeMessage, encodeMessage, FrameReader, frameOf } from "./wire.ts";

type RunMessage = Extract<ParentMessage, { kind: "run" }>;

function remoteError(thrown: unknown): RemoteError {
  const { name, message, stack = "" } = toError(thrown);
  return { name: name.slice(0, 200), message: message.slice(0, 4_000), stack: stack.slice(0, 16_000) };
}

function requirePlugin(exported: unknown): Plugin {
  if (isPlugin(exported)) return exported;
  throw new TypeError("the export named plugin was not made by definePlugin");
}

function frameFor(message: ChildMessage): Buffer {
  return frameOf(encodeMessage(message));
}

/** Says that the process is there, straight to the file descriptor: loading sockets takes another 6 ms. */
function announce({ name, version }: Plugin): void {
  writeSync(CHANNEL_FD, frameFor({ kind: "ready", protocol: PLUGIN_PROTOCOL, name, version }));
}

function openChannel(onMessage: (message: ParentMessage) => void): Socket {
  const { Socket } = process.getBuiltinModule("node:net");
  // Half open: after its last word the child still reads, or the parent's next write would fail and take that word with it.
  const socket = new Socket({ fd: CHANNEL_FD, readable: true, writable: true, allowHalfOpen: true });
  const frames = new FrameReader(MAX_MESSAGE_TO_CHILD_BYTES);
  socket.on("data", (chunk: Buffer) => {
    // The parent is trusted: its messages are not checked again.
    for (const frame of frames.push(chunk)) onMessage(decodeMessage(frame, Infinity) as ParentMessage);
  });
  socket.on("end", () => process.exit(socket.writableEnded ? 0 : 1));
  socket.on("error", () => process.exit(1));
  return socket;
}

/**
 * Hosts one plugin in its own process: tells the parent that it is there, then does once what the parent asks. The
 * process ends with the answer, or when the parent closes the channel.
 * @public called by the entry that the bundler writes
 */
export function startChild(exported: unknown): void {
  const plugin = requirePlugin(exported);
  announce(plugin);
  const socket = openChannel(handle);
  const send = (message: ChildMessage) => void socket.write(frameFor(message));
  const sender = createEventSender((text) => void socket.write(frameOf(text)));
  const calls = createCalls(send);
  const abort = new AbortController();
  // A plugin that leaves without a word has still said what it said.
  process.once("exit", sender.flush);

  function finish(message: ChildMessage): void {
    sender.flush();
    socket.end(frameFor(message));
  }

  async function run({ scan, settings, capabilities, storageMode }: RunMessage): Promise<ChildMessage> {
    const log = createRemoteLog(send);
    const context = createContext({
      scan,
      settings: parseSettings(plugin, settings),
      capabilities,
      storageMode,
      request: async (request) => (await calls.call({ kind: "http", request })) as HttpResult,
      probeTls: async (probe) => (await calls.call({ kind: "tls", probe })) as TlsResult,
      callbacks: createRemoteCallbacks(calls),
      session: createRemoteSession(calls),
      log,
      signal: abort.signal,
    });
    for await (const event of plugin.run(scan, context)) await sender.add(event);
    return { kind: "done", droppedLogLines: log.dropped() };
  }

  async function answer(work: () => ChildMessage | Promise<ChildMessage>): Promise<void> {
    try {
      finish(await work());
    } catch (error) {
      finish({ kind: "failed", error: remoteError(error) });
    }
  }

  function handle(message: ParentMessage): void {
    switch (message.kind) {
      case "describe":
        void answer(() => ({ kind: "manifest", manifest: manifestOf(plugin) }));
        break;
      case "run":
        void answer(() => run(message));
        break;
      case "credit":
        sender.credit(message.count);
        break;
      case "reply":
        calls.reply(message.id, message.value);
        break;
      case "abort":
        abort.abort();
    }
  }
}
