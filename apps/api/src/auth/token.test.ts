import { describe, expect, it } from "@jest/globals";
import { matchesHash, mintToken, tokenPrefix } from "./token.ts";

const PEPPER = "p".repeat(32);

describe("mintToken", () => {
  it("makes a token that its own hash and pepper prove", () => {
    const { token, secret } = mintToken(PEPPER);
    expect(tokenPrefix(token)).toBe(secret.prefix);
    expect(matchesHash(token, secret.tokenHash, PEPPER)).toBe(true);
  });

  it("makes a token that neither another token nor another pepper proves", () => {
    const { token, secret } = mintToken(PEPPER);
    expect(matchesHash(mintToken(PEPPER).token, secret.tokenHash, PEPPER)).toBe(false);
    expect(matchesHash(token, secret.tokenHash, "q".repeat(32))).toBe(false);
  });
});

describe("tokenPrefix", () => {
  it.each([
    "",
    "pkt_",
    "pkt_abcdefgh_short",
    `pkt_ABCDEFGH_${"a".repeat(43)}`,
    `pkt_abcdefgh_${"a".repeat(43)} `,
  ])("refuses %j", (text) => {
    expect(tokenPrefix(text)).toBeNull();
  });
});
