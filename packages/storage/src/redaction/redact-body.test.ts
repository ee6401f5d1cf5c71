import { describe, expect, it } from "@jest/globals";
import { findSecretMarks } from "@picket/core";
import { redactBody } from "./redact-body.ts";

const POLICY = { emails: false, cards: false, key: "k".repeat(32) };
const redacted = (bytes: Uint8Array, type: string | null) => redactBody(bytes, type, POLICY);
const MARK = /\[redacted:password:[0-9a-f]{6}\]/;

describe("redactBody", () => {
  it("gives back the very bytes when nothing is secret", () => {
    const bytes = Buffer.from("<p>grüße</p>");
    expect(redacted(bytes, "text/html")).toEqual({ bytes, redactions: 0 });
    expect(redacted(bytes, "text/html").bytes).toBe(bytes);
  });

  it.each(["utf8", "latin1"] as const)("leaves every other byte of a body in %s as it was", (charset) => {
    const { bytes, redactions } = redacted(Buffer.from("à é password=pà s&ü=ÿ", charset), "text/plain");
    expect(redactions).toBe(0);
    const form = redacted(Buffer.from("à=é&password=pàs&ü=ÿ", charset), "text/plain");
    expect(Buffer.from(form.bytes).toString(charset)).toMatch(
      /^à=é&password=\[redacted:password:\w{6}\]&ü=ÿ$/,
    );
    expect(bytes).toHaveLength(Buffer.byteLength("à é password=pà s&ü=ÿ", charset));
  });

  it("leaves no mark that the target wrote itself", () => {
    const forged = Buffer.from("ü [redacted:github_token:ab12cd~checksum] [redacted:auth] &token=abc&");
    const { bytes, redactions } = redacted(forged, "text/html");
    expect(redactions).toBe(2);
    expect([...findSecretMarks(bytes.toString())].map(({ kind }) => kind)).toEqual(["auth", "token"]);
  });

  it("keeps bytes that are valid in no charset", () => {
    const bytes = Buffer.concat([
      Buffer.from([0xff, 0xc0, 0x80]),
      Buffer.from("&token=abc&"),
      Buffer.from([0xfe]),
    ]);
    const result = Buffer.from(redacted(bytes, "text/html").bytes);
    expect([result.subarray(0, 3).toString("hex"), result.at(-1)]).toEqual(["ffc080", 0xfe]);
    expect(result.includes("abc")).toBe(false);
  });

  it("finds secrets in UTF-16 of either order, by mark or by charset", () => {
    const little = Buffer.from("\ufeffDB_PASSWORD=hunter2\nü", "utf16le");
    const big = Buffer.from(little).swap16();
    for (const [bytes, type] of [
      [little, null],
      [big, null],
      [little.subarray(2), "text/plain; charset=UTF-16LE"],
    ] as const) {
      const { bytes: result } = redacted(bytes, type);
      const text = new TextDecoder(bytes === big ? "utf-16be" : "utf-16le").decode(result);
      expect(text).toMatch(/^DB_PASSWORD=\[redacted:password:\w{6}\]\nü$/);
    }
  });

  it("gives equal secrets of UTF-8 and UTF-16 bodies the same mark", () => {
    const marks = [Buffer.from("password=pä"), Buffer.from("\ufeffpassword=pä", "utf16le")].map(
      (bytes) =>
        MARK.exec(Buffer.from(redacted(bytes, null).bytes).toString("latin1").replaceAll("\0", ""))?.[0],
    );
    expect(marks[0]).toMatch(MARK);
    expect(marks[1]).toBe(marks[0]);
  });

  it("leaves binary bodies as they are, and takes for text what reads as text", () => {
    const secret = "\npassword=hunter2\n";
    const png = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n\0\0\0", "latin1"), Buffer.from(secret)]);
    expect(redacted(png, "image/png").bytes).toBe(png);
    expect(redacted(Buffer.from(secret), "image/png").redactions).toBe(1);
    expect(redacted(Buffer.from(secret), null).redactions).toBe(1);
    expect(redacted(Buffer.from(`\0${secret}`), "text/html").redactions).toBe(1);
  });
});
