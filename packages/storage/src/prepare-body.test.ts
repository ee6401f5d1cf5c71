import { describe, expect, it } from "@jest/globals";
import { prepareBody, sampleBytes } from "./prepare-body.ts";

const redaction = { emails: false, cards: false };
const HTML = { contentType: "text/html", redaction };
const SECRET = `eyJhbGciOiJIUzI1NiJ9.${"e".repeat(6_000)}.signature`;
const SAMPLE_BYTES = sampleBytes(HTML.contentType);
const textOf = (stored: Uint8Array | null) => Buffer.from(stored ?? []).toString();

describe("prepareBody", () => {
  it("keeps nothing under mode none, and says so", () => {
    expect(prepareBody(Buffer.from("x"), { ...HTML, mode: "none" })).toMatchObject({
      stored: null,
      truncated: true,
      reason: "storage mode none",
    });
  });

  it.each(["sampled", "full"] as const)("keeps a short text whole under mode %s, redacted", (mode) => {
    const result = prepareBody(Buffer.from("a=1&password=hunter2"), { ...HTML, mode });
    expect(textOf(result.stored)).toBe("a=1&password=[redacted:password]");
    expect(result).toMatchObject({ truncated: false, reason: null, redactions: 1, redactionVersion: 7 });
  });

  it("keeps the first part of a long text when sampled, and all of it when full", () => {
    const bytes = Buffer.alloc(400_000, "text ");
    const sampled = prepareBody(bytes, { ...HTML, mode: "sampled" });
    expect(sampled.stored).toHaveLength(SAMPLE_BYTES);
    expect(sampled).toMatchObject({ truncated: true, reason: "first part of 400000 bytes" });
    expect(prepareBody(bytes, { ...HTML, mode: "full" })).toMatchObject({ stored: bytes, truncated: false });
  });

  it("keeps four times as much of a script", () => {
    const bytes = Buffer.alloc(400_000, "text ");
    const options = {
      ...HTML,
      contentType: "application/javascript; charset=utf-8",
      mode: "sampled",
    } as const;
    expect(prepareBody(bytes, options)).toMatchObject({ stored: bytes, truncated: false });
  });

  it("keeps no piece of a secret that lies across the end of the sample", () => {
    for (let start = SAMPLE_BYTES - SECRET.length - 1; start <= SAMPLE_BYTES; start += 500) {
      const text = `${"x ".repeat(start / 2)}${SECRET}${" x".repeat(50_000)}`;
      const stored = textOf(prepareBody(Buffer.from(text), { ...HTML, mode: "sampled" }).stored);
      expect(stored).not.toContain("eyJ");
    }
  });

  it("keeps no end of the text that was read only to see the sample's edge, however much was redacted", () => {
    const pad = "&token=".concat("a".repeat(15_000)).repeat(Math.ceil(SAMPLE_BYTES / 15_007));
    const text = `${pad} ${"x".repeat(1_000)} ${SECRET.slice(0, 15)}`.padEnd(SAMPLE_BYTES * 2, "y");
    const stored = textOf(prepareBody(Buffer.from(text), { ...HTML, mode: "sampled" }).stored);
    expect(stored).not.toContain("eyJ");
  });

  it("samples nothing of a binary body, and keeps it whole when full", () => {
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]);
    const options = { contentType: "image/png", redaction };
    expect(prepareBody(bytes, { ...options, mode: "sampled" })).toMatchObject({
      stored: null,
      truncated: true,
      reason: "binary body (image/png)",
    });
    expect(prepareBody(bytes, { ...options, mode: "full" })).toMatchObject({
      stored: bytes,
      truncated: false,
    });
  });

  it("says of a body that was cut before that it is not whole", () => {
    const result = prepareBody(Buffer.from("x"), { ...HTML, mode: "full", alreadyTruncated: true });
    expect(result).toMatchObject({ truncated: true, reason: "longer than the cap on bodies" });
  });

  it("has nothing to keep of an empty body, which is whole all the same", () => {
    expect(prepareBody(new Uint8Array(), { ...HTML, mode: "full" })).toMatchObject({
      stored: null,
      truncated: false,
      reason: null,
    });
  });
});
