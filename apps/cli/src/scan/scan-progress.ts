import { setTimeout } from "node:timers/promises";
import { AppError, ModuleProgress, ScanStatus } from "@picket/core";
import { z } from "zod";
import type { Api } from "../api.ts";
import { paint, printLine, statusMark } from "../output.ts";

/** Shows a scan's module runs as they move: redrawn in place on a terminal, a line for each change elsewhere. */
export interface ProgressView {
  module(run: ModuleProgress): void;
  end(): void;
}

const ScanEnd = z.object({ status: ScanStatus });

const STREAM_TRIES = 5;
const RETRY_MS = 1_000;

/** A scan's events. A stream that breaks is taken up again where it stopped, five times at most. */
async function* scanEvents(api: Api, scanId: string): AsyncGenerator<{ event: string; data: string }> {
  let lastEventId: string | undefined;
  for (let attempt = 1; attempt <= STREAM_TRIES; attempt++) {
    try {
      for await (const event of api.events(`/scans/${scanId}/events`, lastEventId ? { lastEventId } : {})) {
        lastEventId = event.id ?? lastEventId;
        yield event;
      }
    } catch (error) {
      if (attempt === STREAM_TRIES) throw error;
    }
    await setTimeout(RETRY_MS);
  }
}

/** Follows a scan to its end and returns how it ended. Throws when its events cannot be had. */
export async function followScan(api: Api, scanId: string, view: ProgressView): Promise<ScanStatus> {
  try {
    for await (const { event, data } of scanEvents(api, scanId)) {
      if (event === "module") view.module(ModuleProgress.parse(JSON.parse(data)));
      if (event === "end") return ScanEnd.parse(JSON.parse(data)).status;
    }
  } finally {
    view.end();
  }
  throw new AppError("TARGET_UNREACHABLE", `the progress of scan ${scanId} ends before the scan`, {
    hint: `The scan goes on: picket scans shows how it stands.`,
  });
}

function moduleLine({ stage, plugin, status, counters, reason }: ModuleProgress): string {
  const requests = Number(counters.requests ?? 0);
  const facts = [
    status.replaceAll("_", " "),
    ...(requests > 0 ? [`${requests} requests`] : []),
    ...(reason && status !== "succeeded" ? [reason] : []),
  ];
  return `  ${statusMark(status)} ${paint("gray", stage.padEnd(9))} ${plugin.padEnd(18)} ${facts.join(", ")}`;
}

/** On a terminal. Runs keep the order in which they first moved. */
function createLiveView(stream: NodeJS.WriteStream): ProgressView {
  const lines = new Map<string, string>();
  let drawn = 0;
  return {
    module(run) {
      lines.set(run.id, moduleLine(run));
      if (drawn > 0) stream.moveCursor(0, -drawn);
      stream.cursorTo(0);
      stream.clearScreenDown();
      for (const line of lines.values()) stream.write(`${line.slice(0, stream.columns + 20)}\n`);
      drawn = lines.size;
    },
    end() {
      drawn = 0;
      lines.clear();
    },
  };
}

/** In a log: a line when a module run starts and when it ends. */
function createLineView(): ProgressView {
  const shown = new Map<string, string>();
  return {
    module(run) {
      if (run.status === "queued" || shown.get(run.id) === run.status) return;
      shown.set(run.id, run.status);
      printLine(moduleLine(run));
    },
    end() {
      shown.clear();
    },
  };
}

export function createProgressView(): ProgressView {
  return process.stdout.isTTY ? createLiveView(process.stdout) : createLineView();
}
