import { describe, expect, it } from "@jest/globals";
import { totpCode } from "./totp.ts";

/** RFC 6238, appendix B: the seeds are "1234567890" repeated to 20, 32 and 64 bytes, here in base32. */
const SEEDS = {
  sha1: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
  sha256: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA====",
  sha512:
    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA=",
};

describe("totpCode", () => {
  it.each([
    [59, "sha1", "94287082"],
    [59, "sha256", "46119246"],
    [59, "sha512", "90693936"],
    [1_111_111_109, "sha1", "07081804"],
    [20_000_000_000, "sha512", "47863826"],
  ] as const)("gives at %s s under %s the code of the RFC", (seconds, algorithm, code) => {
    const settings = { digits: 8, periodSeconds: 30, algorithm };
    expect(totpCode(SEEDS[algorithm], new Date(seconds * 1_000), settings)).toBe(code);
  });

  it("reads a seed as people copy it", () => {
    const settings = { digits: 6, periodSeconds: 30, algorithm: "sha1" } as const;
    const spaced = SEEDS.sha1.toLowerCase().replace(/(.{4})/g, "$1 ");
    expect(totpCode(spaced, new Date(59_000), settings)).toBe("287082");
  });
});
