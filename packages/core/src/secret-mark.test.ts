import { describe, expect, it } from "@jest/globals";
import { findSecretMarks, isSecretMark, secretMarkText } from "./secret-mark.ts";

describe("marks of secrets", () => {
  it.each([
    { kind: "npm_token", fingerprint: "ab12cd", traits: ["checksum", "random.40"] },
    { kind: "jwt", fingerprint: null, traits: ["no-exp"] },
    { kind: "password", fingerprint: null, traits: [] },
  ])("are read as they were written: %j", (mark) => {
    const text = secretMarkText(mark);
    expect(isSecretMark(text)).toBe(true);
    expect([...findSecretMarks(`a ${text} b`)]).toEqual([{ ...mark, start: 2, end: 2 + text.length }]);
  });

  it("are none when something is missing", () => {
    expect(isSecretMark("[redacted:]")).toBe(false);
    expect([...findSecretMarks("[redacted jwt] redacted:jwt")]).toEqual([]);
  });
});
