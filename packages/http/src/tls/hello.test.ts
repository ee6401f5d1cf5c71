import { describe, expect, it } from "@jest/globals";
import { clientHello, serverAnswer } from "./hello.ts";

/** A ServerHello in a record, with the extensions given. */
function hello(version: number, cipher: number, extensions: number[] = []): Buffer {
  const body = [
    version >> 8,
    version & 255,
    ...new Array<number>(32).fill(7),
    2,
    1,
    1,
    cipher >> 8,
    cipher & 255,
    0,
  ];
  const tail = extensions.length > 0 ? [0, extensions.length, ...extensions] : [];
  const message = [2, 0, 0, body.length + tail.length, ...body, ...tail];
  return Buffer.from([22, 3, 1, 0, message.length, ...message]);
}

describe("serverAnswer", () => {
  it.each<[string, Buffer, unknown]>([
    ["SSL 3 with RC4", hello(0x0300, 0x0005), { kind: "hello", version: "SSLv3", cipher: 5 }],
    ["TLS 1.2", hello(0x0303, 0xc02f), { kind: "hello", version: "TLSv1.2", cipher: 0xc02f }],
    [
      "TLS 1.3 by its extension",
      hello(0x0303, 0x1301, [0, 51, 0, 2, 0, 29, 0, 43, 0, 2, 3, 4]),
      { kind: "hello", version: "TLSv1.3", cipher: 0x1301 },
    ],
    ["an alert", Buffer.from([21, 3, 3, 0, 2, 2, 40]), { kind: "alert", alert: 40 }],
    ["a page", Buffer.from("HTTP/1.1 400 Bad Request\r\n"), { kind: "foreign" }],
    [
      "an extension that ends too soon",
      hello(0x0303, 1, [0, 43, 0]),
      { kind: "hello", version: "TLSv1.2", cipher: 1 },
    ],
    ["a version that is none", hello(0x0505, 1), { kind: "foreign" }],
    [
      "a session id longer than the message",
      Buffer.from([22, 3, 3, 0, 5, 2, 0, 0, 1, 3]),
      { kind: "foreign" },
    ],
  ])("reads %s", (_what, bytes, answer) => {
    expect(serverAnswer(bytes)).toEqual(answer);
  });

  it("waits for the rest, whatever the cut, and never throws", () => {
    const whole = hello(0x0303, 0xc02f);
    for (let length = 0; length < whole.length; length += 1)
      expect(serverAnswer(whole.subarray(0, length)).kind).toBe("incomplete");
    for (let seed = 0; seed < 2_000; seed += 1) {
      const bytes = Buffer.from(whole);
      bytes[seed % bytes.length] = (seed * 31) & 255;
      expect(() => serverAnswer(bytes)).not.toThrow();
    }
  });
});

describe("clientHello", () => {
  it("states its own length, version, name and suites", () => {
    const bytes = clientHello("TLSv1", [0x0005, 0x000a], "app.test");
    expect([bytes[0], bytes.readUInt16BE(1), bytes.readUInt16BE(3)]).toEqual([22, 0x0301, bytes.length - 5]);
    expect(bytes.readUIntBE(6, 3)).toBe(bytes.length - 9);
    expect(bytes.readUInt16BE(9)).toBe(0x0301);
    expect(bytes.includes(Buffer.from([0, 6, 0, 5, 0, 10, 0, 255]))).toBe(true);
    expect(bytes.includes("app.test")).toBe(true);
    expect(clientHello("SSLv3", [5], "app.test").includes("app.test")).toBe(false);
  });
});
