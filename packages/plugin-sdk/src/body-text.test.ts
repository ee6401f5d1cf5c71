import { describe, expect, it } from "@jest/globals";
import { bodyText } from "./body-text.ts";

describe("bodyText", () => {
  it.each([
    [[0xc3, 0xa4], undefined, "ä"],
    [[0xc3, 0xa4], "text/html; charset=utf-8", "ä"],
    [[0xe4], "text/html; charset=ISO-8859-1", "ä"],
    [[0xe4], `text/html; Charset="windows-1252"; x=y`, "ä"],
    [[0x61], "text/html; charset=no-such-thing", "a"],
    [[0xff, 0x61], "text/html", "\ufffda"],
    [[0xff, 0xfe, 0xe4, 0x00], "text/plain; charset=utf-8", "ä"],
    [[0xfe, 0xff, 0x00, 0xe4], undefined, "ä"],
    [[0xef, 0xbb, 0xbf, 0x61], "text/plain; charset=iso-8859-1", "a"],
  ])("decodes %j as %s", (bytes, contentType, expected) => {
    expect(bodyText(new Uint8Array(bytes), contentType)).toBe(expected);
  });
});
