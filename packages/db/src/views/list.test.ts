import { describe, expect, it } from "@jest/globals";
import { containing, whereAll } from "./list.ts";

describe("whereAll", () => {
  it("numbers the values and leaves out what does not apply", () => {
    const where = whereAll([
      ["target_id = ?::uuid", "t"],
      ["status = ?", undefined],
      ["(severity, id) > (?::severity, ?::uuid)", "high", "f"],
      ["deleted_at IS NULL"],
    ]);
    expect(where).toEqual({
      text: "WHERE target_id = $1::uuid AND (severity, id) > ($2::severity, $3::uuid) AND deleted_at IS NULL",
      values: ["t", "high", "f"],
    });
  });

  it("is nothing when nothing applies", () => {
    expect(whereAll([["status = ?", undefined]])).toEqual({ text: "", values: [] });
  });
});

describe("containing", () => {
  it("escapes what LIKE would read as a wildcard", () => {
    expect(containing("50%_\\")).toBe("%50\\%\\_\\\\%");
  });
});
