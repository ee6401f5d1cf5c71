import { describe, expect, it } from "@jest/globals";
import { type Expectation, expectationProblems, type ReportedFinding } from "./expectation.ts";

const EXPECTATION: Expectation = {
  mustFind: [
    { type: "a", severity: "low", where: "/x" },
    { type: "a", severity: "low", where: "/y" },
  ],
  mustNotFind: [{ type: "a", where: "/trap" }, { type: "b" }],
};

const X: ReportedFinding = { type: "a", severity: "low", where: ["/", "/x"] };
const Y: ReportedFinding = { type: "a", severity: "low", where: ["/y"] };

describe("expectationProblems", () => {
  it.each<[string, ReportedFinding[], string[]]>([
    ["nothing when all is found", [X, Y, { type: "c", severity: "low", where: ["/"] }], []],
    ["a missing finding", [X], ["missing: a (low) at /y"]],
    [
      "another severity",
      [X, { ...Y, severity: "high" }],
      ["missing: a (low) at /y", "one too many: a (high) at /y"],
    ],
    ["a finding that came twice", [X, X, Y], ["one too many: a (low) at /, /x"]],
    ["a trap on its route", [X, { ...Y, where: ["/y", "/trap"] }], ["false: a (low) at /y, /trap"]],
    ["a trap anywhere", [X, Y, { type: "b", severity: "low", where: ["/q"] }], ["false: b (low) at /q"]],
  ])("names %s", (_what, reported, problems) => {
    expect(expectationProblems(EXPECTATION, reported)).toEqual(problems);
  });

  it("names other types when they are excluded", () => {
    const strict = { mustFind: [], mustNotFind: [], onlyTypes: [] };
    expect(expectationProblems(strict, [Y])).toEqual(["not expected: a (low) at /y"]);
  });
});
