import { describe, expect, it } from "@jest/globals";
import { CallbackToken } from "@picket/core";
import { createTokenMint } from "./token-mint.ts";

const mint = createTokenMint("k".repeat(32));

describe("tokens", () => {
  it("are known wherever they stand, in any letter case, each once", () => {
    const token = mint.issue("run-1");
    expect(CallbackToken.parse(token)).toBe(token);
    expect(mint.genuine(`GET /x/${token}?y=${token.toUpperCase()}`)).toEqual([token]);
    expect(mint.genuine(`A 42.${token}.oob.test`)).toEqual([token]);
  });

  it("are of nobody else's making: another key, a changed digit, longer runs of digits", () => {
    const token = mint.issue("run-1");
    const other = token.startsWith("0") ? `1${token.slice(1)}` : `0${token.slice(1)}`;
    expect(createTokenMint("o".repeat(32)).genuine(token)).toEqual([]);
    expect(mint.genuine(`${other} a${token} ${token}0 ${"0".repeat(40)}`)).toEqual([]);
  });

  it("belong to the run that they were issued to", () => {
    const token = mint.issue("run-1");
    expect([mint.isOwn("run-1", token), mint.isOwn("run-2", token)]).toEqual([true, false]);
    expect(new Set(Array.from({ length: 100 }, () => mint.issue("run-1"))).size).toBe(100);
  });

  it("have an answer that holds nothing of them", () => {
    const [one, two] = [mint.issue("run-1"), mint.issue("run-1")];
    expect(mint.answer(one)).not.toBe(mint.answer(two));
    expect(mint.answer(one)).toMatch(/^[0-9a-f]{32}$/);
    expect(mint.answer(one)).not.toContain(one.slice(0, 8));
  });

  it("are looked for in the beginning of a text only, and in few of its words", () => {
    const token = mint.issue("run-1");
    expect(mint.genuine(`${"x".repeat(2_048)}${token}`)).toEqual([]);
    const noise = Array.from({ length: 4 }, (_, digit) => String(digit).repeat(40)).join("/");
    expect(mint.genuine(`${noise}/${token}`)).toEqual([]);
  });
});
