import { describe, expect, it } from "@jest/globals";
import { assertExceptionAction, assertExceptionTerm, type ExceptionAction } from "./exception.ts";
import { ExceptionStatus, Role } from "./vocabulary.ts";

const ACTIONS: readonly ExceptionAction[] = ["approve", "reject", "revoke", "extend"];

/** All that may happen; whatever is not here is refused. */
const ALLOWED: Partial<Record<ExceptionStatus, readonly ExceptionAction[]>> = {
  proposed: ["approve", "reject"],
  active: ["revoke", "extend"],
};

const TRANSITIONS = ExceptionStatus.options.flatMap((status) =>
  ACTIONS.map((action) => ({ status, action, isAllowed: ALLOWED[status]?.includes(action) ?? false })),
);

const ASKED = { id: "x", requesterPerson: "ada", approvers: ["approver", "admin"] } as const;
const BEN = { actor: "token:b", person: "ben", role: "approver" } as const;

function codeOf(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("assertExceptionAction", () => {
  it.each(TRANSITIONS)("$action of what is $status: allowed $isAllowed", ({ status, action, isAllowed }) => {
    const code = codeOf(() => assertExceptionAction({ ...ASKED, status }, action, BEN));
    expect(code).toBe(isAllowed ? null : "CONFLICT");
  });

  it.each([
    ["proposed", "approve", "FORBIDDEN"],
    ["proposed", "reject", "FORBIDDEN"],
    ["active", "revoke", null],
    ["active", "extend", null],
  ] as const)("of what is %s: %s by who asked for it gives %s", (status, action, expected) => {
    const another = { ...BEN, person: "ada" };
    expect(codeOf(() => assertExceptionAction({ ...ASKED, status }, action, another))).toBe(expected);
  });

  it.each(
    Role.options.flatMap((role) =>
      ACTIONS.map((action) => ({ role, action, isAllowed: action === "extend" || role === "admin" })),
    ),
  )("$action by $role where admins decide: allowed $isAllowed", ({ role, action, isAllowed }) => {
    const status = ALLOWED.proposed?.includes(action) ? "proposed" : "active";
    const exception = { ...ASKED, status, approvers: ["admin"] } as const;
    const code = codeOf(() => assertExceptionAction(exception, action, { ...BEN, role }));
    expect(code).toBe(isAllowed ? null : "FORBIDDEN");
  });
});

describe("assertExceptionTerm", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  const inMs = (ms: number) => new Date(now.getTime() + ms);
  const YEAR = 365 * 86_400_000;

  it.each([
    [-1, "INVALID_INPUT"],
    [0, "INVALID_INPUT"],
    [1, null],
    [YEAR, null],
    [YEAR + 1, "INVALID_INPUT"],
    [Number.NaN, "INVALID_INPUT"],
  ])("judges an end in %d ms: %s", (ms, expected) => {
    expect(codeOf(() => assertExceptionTerm(inMs(ms), { now }))).toBe(expected);
  });

  it("wants an extension to end later than what it extends", () => {
    expect(codeOf(() => assertExceptionTerm(inMs(10), { now, after: inMs(10) }))).toBe("INVALID_INPUT");
    expect(codeOf(() => assertExceptionTerm(inMs(11), { now, after: inMs(10) }))).toBeNull();
  });
});
