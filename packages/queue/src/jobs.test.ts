import { describe, expect, it } from "@jest/globals";
import { JOBS, QUEUES } from "./jobs.ts";

const ID = "019aa000-0000-7000-8000-000000000001";

describe("the job catalogue", () => {
  it("uses every queue, and no queue or id that BullMQ refuses", () => {
    expect([...new Set(Object.values(JOBS).map(({ queue }) => queue))].sort()).toEqual([...QUEUES].sort());
    expect(JOBS["run-module"].jobId({ moduleRunId: ID, attempt: 2 })).toBe(`run-${ID}-2`);
    expect(JOBS["sweep-bodies"].jobId({ day: "2026-11-21" })).not.toContain(":");
  });

  it("gives each wake-up of a scan an id of its own, so that none is dropped", () => {
    expect(JOBS["advance-scan"].jobId({ scanId: ID })).toBeNull();
  });

  it("takes ids and nothing else as payload", () => {
    expect(JOBS["advance-scan"].schema.safeParse({ scanId: ID }).success).toBe(true);
    expect(JOBS["advance-scan"].schema.safeParse({ scanId: ID, url: "http://a.test" }).success).toBe(false);
    expect(JOBS["run-module"].schema.safeParse({ moduleRunId: ID, attempt: 0 }).success).toBe(false);
  });
});
