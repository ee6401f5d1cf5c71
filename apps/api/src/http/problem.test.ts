import { describe, expect, it } from "@jest/globals";
import { AppError } from "@picket/core";
import { asAppError, problemOf } from "./problem.ts";

describe("problemOf", () => {
  it("tells the user what was wrong, where, and what to do", () => {
    const issues = [{ path: "settings.a/b.max~", message: "too big" }];
    const error = new AppError("INVALID_INPUT", "wrong settings", {
      hint: "See /plugins.",
      details: { issues },
    });
    expect(problemOf(error, "e1")).toEqual({
      type: "urn:picket:problem:invalid-input",
      title: "The request is not valid",
      status: 400,
      detail: "wrong settings",
      code: "INVALID_INPUT",
      hint: "See /plugins.",
      errorId: "e1",
      errors: [{ in: "body", pointer: "/settings/a~1b/max~0", message: "too big" }],
    });
  });

  it.each(["INTERNAL", "DATABASE_UNAVAILABLE", "STORAGE_UNAVAILABLE"] as const)(
    "tells nobody the inside of %s",
    (code) => {
      const error = new AppError(code, "password=hunter2 at db.internal", { hint: "look at db.internal" });
      expect(JSON.stringify(problemOf(error, "e1"))).not.toMatch(/hunter2|db\.internal/);
    },
  );
});

describe("asAppError", () => {
  it.each([
    [
      Object.assign(new Error("Unexpected token"), { status: 400, type: "entity.parse.failed" }),
      "INVALID_INPUT",
    ],
    [Object.assign(new Error("too large"), { status: 413, type: "entity.too.large" }), "PAYLOAD_TOO_LARGE"],
    [Object.assign(new Error("charset"), { status: 415 }), "UNSUPPORTED_MEDIA_TYPE"],
    [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "DATABASE_UNAVAILABLE"],
    [Object.assign(new Error("gone"), { code: "57P01" }), "DATABASE_UNAVAILABLE"],
    [new Error("anything"), "INTERNAL"],
    ["a string", "INTERNAL"],
  ])("knows %s as %s", (thrown, code) => {
    expect(asAppError(thrown).code).toBe(code);
  });
});
