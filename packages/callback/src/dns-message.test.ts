import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { NAME_ERROR, NO_ERROR, readQuestion, typeName, writeAnswer } from "./dns-message.ts";

/** As a resolver writes it: header with recursion desired, one question, an EDNS record behind it. */
function query(name: string, type: number, changes: Record<number, number> = {}): Buffer {
  const labels = name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  const head = Buffer.from([0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 1]);
  const tail = Buffer.from([0, 0, type, 0, 1]);
  const edns = Buffer.from([0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]);
  const message = Buffer.concat([head, ...labels, tail, edns]);
  for (const [at, value] of Object.entries(changes)) message[Number(at)] = value;
  return message;
}

describe("a question", () => {
  it("is read with its name in lower case, without what follows it", () => {
    const message = query("A1.oOb.TEST", 1);
    const question = readQuestion(message);
    expect(question).toMatchObject({ name: "a1.oob.test", type: 1 });
    expect(question?.echo).toEqual(message.subarray(0, message.length - 11));
    expect([typeName(16), typeName(64)]).toEqual(["TXT", "TYPE64"]);
  });

  it.each([
    ["an answer", { 2: 0x81 }],
    ["an update", { 2: 0x29 }],
    ["two questions", { 5: 2 }],
    ["none", { 5: 0 }],
    ["a pointer for a name", { 12: 0xc0 }],
    ["a label beyond the end", { 12: 60 }],
    ["control characters in a name", { 13: 10 }],
    ["another class", { 23: 3 }],
  ])("is not %s", (_, changes) => {
    expect(readQuestion(query("a.test", 1, changes))).toBeNull();
  });

  it("is whatever bytes come, read or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const question = readQuestion(Buffer.from(bytes));
        if (question)
          expect(writeAnswer(question, NO_ERROR, "10.0.0.1").length).toBeLessThan(bytes.length + 17);
      }),
    );
  });
});

describe("an answer", () => {
  const answerTo = (type: number, address: string | null, code = NO_ERROR) => {
    const question = readQuestion(query("a.test", type));
    return question ? writeAnswer(question, code, address) : Buffer.alloc(0);
  };

  it("holds the address that was asked for, is authoritative and offers no recursion", () => {
    const answer = answerTo(1, "10.1.2.3");
    expect(answer.subarray(0, 12)).toEqual(Buffer.from([0x12, 0x34, 0x85, 0x00, 0, 1, 0, 1, 0, 0, 0, 0]));
    expect(answer.subarray(-4)).toEqual(Buffer.from([10, 1, 2, 3]));
    expect(answerTo(28, "2001:db8::7").subarray(-16).toString("hex")).toBe(`20010db8${"0".repeat(23)}7`);
  });

  it("is never more than 28 bytes longer than its question", () => {
    const asked = readQuestion(query("a.test", 28))?.echo.length ?? 0;
    expect(answerTo(28, "2001:db8::7").length - asked).toBe(28);
    for (const empty of [answerTo(16, "10.0.0.1"), answerTo(28, "10.0.0.1"), answerTo(1, null)])
      expect([empty.length, empty.readUInt16BE(6)]).toEqual([asked, 0]);
    expect(answerTo(1, "10.0.0.1", NAME_ERROR).readUInt16BE(6)).toBe(0);
  });
});
