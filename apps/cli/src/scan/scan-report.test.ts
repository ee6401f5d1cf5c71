import { describe, expect, it } from "@jest/globals";
import { crawlLine } from "./scan-report.ts";

describe("crawlLine", () => {
  it("says how much was crawled, what stood in the way, and which caps were met", () => {
    const caps = [{ cap: "page cap reached", left: 7 }];
    const line = crawlLine({
      known: 7,
      answered: 4,
      share: 4 / 7,
      gaps: { auth_lost: 1, not_asked: 2 },
      caps,
    });
    expect(line).toBe(
      "Crawled 4 of 7 known routes (57 %), 1 auth lost, 2 not asked; page cap reached: 7 left",
    );
  });

  it("never shows as whole what is not", () => {
    const line = crawlLine({ known: 1_000, answered: 999, share: 0.999, gaps: { blocked: 1 }, caps: [] });
    expect(line).toContain("(99 %), 1 blocked");
  });
});
