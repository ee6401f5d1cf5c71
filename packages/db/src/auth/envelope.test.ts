import { randomBytes } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { type Envelope, openSecret, rewrapSecret, sealSecret } from "./envelope.ts";
import { createKeyRing } from "./key-ring.ts";

const OLD = { id: "2025", key: randomBytes(32) };
const NEW = { id: "2026", key: randomBytes(32) };
const ring = createKeyRing([OLD]);
const both = createKeyRing([NEW, OLD]);
const HERE = { profileId: "a", field: "password" };

/** The envelope with one bit of one of its parts turned. */
function bent(envelope: Envelope, part: "wrappedKey" | "ciphertext", bit: number): Envelope {
  const bytes = Buffer.from(envelope[part]);
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return { ...envelope, [part]: bytes };
}

describe("an envelope", () => {
  it("gives the secret back, and shows nothing of it", () => {
    const envelope = sealSecret(ring, HERE, "hunter2 ü");
    expect(openSecret(ring, HERE, envelope)).toBe("hunter2 ü");
    expect(Buffer.from(envelope.ciphertext).includes("hunter2")).toBe(false);
    expect(sealSecret(ring, HERE, "hunter2 ü").ciphertext).not.toEqual(envelope.ciphertext);
  });

  it("does not open with any bit turned", () => {
    const envelope = sealSecret(ring, HERE, "hunter2");
    for (const part of ["wrappedKey", "ciphertext"] as const)
      for (let bit = 0; bit < envelope[part].length * 8; bit += 1)
        expect(() => openSecret(ring, HERE, bent(envelope, part, bit))).toThrow("does not open");
  });

  it.each([
    ["another profile", { ...HERE, profileId: "b" }],
    ["another field", { ...HERE, field: "value" }],
  ])("does not open in the row of %s", (_, place) => {
    const envelope = sealSecret(ring, HERE, "hunter2");
    expect(() => openSecret(ring, place, envelope)).toThrow("does not open");
  });

  it("does not open under another key of the same id", () => {
    const other = createKeyRing([{ ...OLD, key: randomBytes(32) }]);
    expect(() => openSecret(other, HERE, sealSecret(ring, HERE, "hunter2"))).toThrow("does not open");
  });

  it("moves under a new key without its ciphertext being touched", () => {
    const before = sealSecret(ring, HERE, "hunter2");
    const after = rewrapSecret(both, HERE, before);
    expect(after.keyId).toBe("2026");
    expect(after.ciphertext).toBe(before.ciphertext);
    expect(openSecret(both, HERE, before)).toBe("hunter2");
    expect(openSecret(createKeyRing([NEW]), HERE, after)).toBe("hunter2");
  });

  it("names the key that is missing", () => {
    const envelope = sealSecret(ring, HERE, "hunter2");
    expect(() => openSecret(createKeyRing([NEW]), HERE, envelope)).toThrow(
      "under key 2025, which is not configured",
    );
    expect(() => sealSecret(createKeyRing([]), HERE, "x")).toThrow(
      "no key to encrypt secrets with is configured",
    );
  });
});
