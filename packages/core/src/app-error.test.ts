import { runInNewContext } from "node:vm";
import { describe, expect, it } from "@jest/globals";
import { AppError, assertNever, ERROR_POLICIES, isError, toAppError, toError } from "./app-error.ts";

describe("ERROR_POLICIES", () => {
  it.each(Object.entries(ERROR_POLICIES))(
    "%s has a status that fits its blame",
    (_, { httpStatus, blame, retry }) => {
      expect(httpStatus).toBeGreaterThanOrEqual(400);
      expect(httpStatus).toBeLessThan(600);
      if (retry === "no" && httpStatus >= 400 && httpStatus < 500) expect(["user", "us"]).toContain(blame);
      if (blame === "target") expect(httpStatus).toBe(502);
    },
  );
});

describe("AppError", () => {
  it("carries code, hint, details and cause", () => {
    const cause = new Error("inner");
    const error = new AppError("NOT_FOUND", "no such scan", { hint: "list them", details: { id: 1 }, cause });
    expect(error).toMatchObject({
      name: "AppError",
      code: "NOT_FOUND",
      hint: "list them",
      details: { id: 1 },
      cause,
    });
    expect(error).toBeInstanceOf(Error);
  });

  it("has no cause at all when none is given", () => {
    expect(Object.hasOwn(new AppError("INTERNAL", "x"), "cause")).toBe(false);
  });
});

describe("toError", () => {
  it("gives an error back as it is, also one of another realm", () => {
    const foreign: unknown = runInNewContext("new RangeError('far')");
    const own = new TypeError("near");
    expect(toError(own)).toBe(own);
    expect(isError(foreign)).toBe(true);
    expect(toError(foreign)).toBe(foreign);
  });

  it.each([["text"], [undefined], [null], [42], [Symbol("s")], [{ message: "m" }], [Object.create(null)]])(
    "makes an error of %p, with that as its cause",
    (thrown) => {
      const error = toError(thrown);
      expect(error.message.length).toBeGreaterThan(0);
      expect(error.cause).toBe(thrown);
    },
  );

  it("does not take an object that looks like an error for one", () => {
    expect(isError({ name: "Error", message: "m", stack: "s" })).toBe(false);
  });
});

describe("toAppError", () => {
  it("keeps an AppError and wraps anything else as INTERNAL with its cause", () => {
    const known = new AppError("CONFLICT", "x");
    const other = new Error("boom");
    expect(toAppError(known)).toBe(known);
    expect(toAppError(other)).toMatchObject({ code: "INTERNAL", message: "boom", cause: other });
  });
});

describe("assertNever", () => {
  it("throws what it was given, whatever that is", () => {
    expect(() => assertNever("stray" as never)).toThrow("stray");
    expect(() => assertNever(1n as never)).toThrow(AppError);
  });
});
