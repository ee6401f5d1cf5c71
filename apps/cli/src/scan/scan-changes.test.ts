import { describe, expect, it } from "@jest/globals";
import { whyLines } from "../finding/finding-lines.ts";
import { changesLine } from "./scan-changes.ts";

const NONE = { new: 0, reopened: 0, still_present: 0, fixed: 0, not_observed: 0 };

describe("changesLine", () => {
  it("says that nothing is new, and leaves out what did not happen", () => {
    expect(changesLine({ ...NONE, still_present: 18 })).toBe("nothing new, 18 still present");
    expect(changesLine({ new: 2, reopened: 1, still_present: 0, fixed: 3, not_observed: 4 })).toBe(
      "2 new, 1 reopened, 0 still present, 3 fixed, 4 not observed",
    );
  });
});

describe("whyLines", () => {
  const lineOf = (said: Parameters<typeof whyLines>[0]) => whyLines(said).join("").trim();

  it("tells a change of the way of looking from one of the application", () => {
    expect(lineOf({ change: "new", reason: null, cause: "new_exposure" })).toBe("");
    expect(lineOf({ change: "new", reason: null, cause: "new_detector" })).toContain("did not look before");
  });

  it("gives the reason why a finding was not observed", () => {
    expect(lineOf({ change: "not_observed", reason: "auth_lost", cause: null })).toContain("auth lost");
  });
});
