import { describe, expect, it } from "@jest/globals";
import { markHeader, RequestMark } from "./request-mark.ts";

describe("RequestMark", () => {
  it("is a header in lower case whose value can name the scan", () => {
    const mark = RequestMark.parse({ name: "X-Security-Scan", value: "team web, scan {scan}" });
    expect(markHeader(mark, "0199")).toEqual(["x-security-scan", "team web, scan 0199"]);
  });

  it.each([
    ["", "v"],
    ["x scan", "v"],
    ["x-scan:", "v"],
    ["x-scan\r\ny", "v"],
    ["x".repeat(65), "v"],
    ["Host", "v"],
    ["Cookie", "v"],
    ["authorization", "v"],
    ["Transfer-Encoding", "v"],
    ["Connection", "v"],
    ["User-Agent", "v"],
    ["x-forwarded-host", "v"],
    ["X-HTTP-Method-Override", "v"],
    ["x-scan", ""],
    ["x-scan", " v"],
    ["x-scan", "a\r\ny: z"],
    ["x-scan", "ä"],
    ["x-scan", "x".repeat(257)],
    ["x-scan", "{target}"],
  ])("refuses %j: %j", (name, value) => {
    expect(RequestMark.safeParse({ name, value }).success).toBe(false);
  });
});
