import { describe, expect, it } from "@jest/globals";
import type { ScanSnapshot } from "@picket/db";
import { scanMessages, snapshotId } from "./scan-messages.ts";

const ID = "0190a0a0-0000-7000-8000-000000000000";

function snapshot(status: "running" | "succeeded", pages: number): ScanSnapshot {
  return {
    scan: { id: ID, status, startedAt: new Date(0), finishedAt: null, cancelRequestedAt: null },
    modules: ["crawl", "cookies"].map((plugin) => ({
      id: ID,
      plugin,
      stage: "discover",
      status,
      exitReason: null,
      reason: null,
      attempt: 1,
      counters: plugin === "crawl" ? { pages } : {},
    })),
  };
}

const namesIn = (text: string) => [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);

describe("scanMessages", () => {
  it("tells a new client everything, with the state's id on the last event", () => {
    const text = scanMessages(null, snapshot("running", 1));
    expect(namesIn(text)).toEqual(["scan", "module", "module"]);
    expect(text.match(/^id: /gm)).toHaveLength(1);
    expect(text).toContain(`id: ${snapshotId(snapshot("running", 1))}\nevent: module\ndata: {`);
  });

  it("tells only what changed, and nothing when nothing did", () => {
    const before = snapshot("running", 1);
    expect(namesIn(scanMessages(before, snapshot("running", 2)))).toEqual(["module"]);
    expect(scanMessages(before, snapshot("running", 1))).toBe("");
  });

  it("ends with the final status", () => {
    const text = scanMessages(snapshot("running", 2), snapshot("succeeded", 2));
    expect(namesIn(text)).toEqual(["scan", "module", "module", "end"]);
    expect(text).toContain('data: {"status":"succeeded"}\n\n');
  });
});
