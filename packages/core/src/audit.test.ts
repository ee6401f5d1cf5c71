import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { AUDIT_GENESIS, type AuditChainLink, auditChainText } from "./audit.ts";

const part = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.constantFrom("", "1:", "1:a", "😀", "12"),
);
const link: fc.Arbitrary<AuditChainLink> = fc.record({
  seq: part,
  atMicros: part,
  actor: part,
  action: part,
  scanId: part,
  paramsText: part,
  previousHash: part,
});

describe("auditChainText", () => {
  it("is the agreed text, with lengths in code points as Postgres counts them", () => {
    const first: AuditChainLink = {
      seq: "1",
      atMicros: "1795284000000000",
      actor: "token:müller😀",
      action: "scan.started",
      scanId: "",
      paramsText: '{"a": 1}',
      previousHash: AUDIT_GENESIS,
    };
    expect(auditChainText(first)).toBe(
      `1:116:179528400000000013:token:müller😀12:scan.started0:8:{"a": 1}64:${"0".repeat(64)}`,
    );
  });

  it("differs whenever any part differs, wherever the parts' borders are", () => {
    const key = (item: AuditChainLink) => JSON.stringify(Object.entries(item).sort());
    fc.assert(
      fc.property(link, link, (one, other) => {
        expect(auditChainText(one) === auditChainText(other)).toBe(key(one) === key(other));
      }),
    );
    fc.assert(
      fc.property(
        link,
        fc.constantFrom(...(["seq", "actor", "action", "scanId", "paramsText"] as const)),
        (one, name) => {
          expect(auditChainText({ ...one, [name]: `${one[name]}x` })).not.toBe(auditChainText(one));
        },
      ),
    );
  });

  it("differs when text moves from one part to the next", () => {
    const base = { seq: "1", atMicros: "2", scanId: "", paramsText: "{}", previousHash: AUDIT_GENESIS };
    const one = auditChainText({ ...base, actor: "ab", action: "c" });
    expect(auditChainText({ ...base, actor: "a", action: "bc" })).not.toBe(one);
  });
});
