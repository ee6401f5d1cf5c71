import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { FetchRecord } from "@picket/http";
import { redactHeaders, redactUrl } from "@picket/storage";
import { recallKey } from "./recall.ts";

const redaction = { emails: true, cards: true, key: "k".repeat(32) };
const body = Buffer.from("<p>Hello</p>");
const stored = { bodyHash: createHash("sha256").update(body).digest("hex") };
const answered: FetchRecord = {
  id: "018f0000-0000-7000-8000-000000000000",
  plugin: "crawl",
  method: "GET",
  url: "http://app.test/a?page=1",
  requestHeaders: [["accept", "*/*"]],
  startedAt: new Date(),
  elapsedMs: 3,
  httpVersion: "1.1",
  status: 200,
  responseHeaders: [["content-type", "text/html"]],
  body,
  truncated: false,
  undecoded: false,
};
const keyOf = (change: Partial<FetchRecord>, bodyHash: string | null = stored.bodyHash) =>
  keyOfRecord({ ...answered, ...change }, bodyHash);

function keyOfRecord(record: FetchRecord, bodyHash: string | null): string | null {
  return recallKey(record, {
    url: redactUrl(record.url, redaction),
    requestHeaders: redactHeaders(record.requestHeaders, redaction),
    responseHeaders: redactHeaders(record.responseHeaders ?? [], redaction),
    bodyHash,
  });
}

describe("an answer", () => {
  it("may be given again to an equal request, and to no other", () => {
    const key = keyOf({});
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(keyOf({ id: "other", elapsedMs: 9 })).toBe(key);
    expect(keyOf({ url: "http://app.test/a?page=2" })).not.toBe(key);
    expect(keyOf({ method: "HEAD" })).not.toBe(key);
    expect(keyOf({ requestHeaders: [["accept", "text/html"]] })).not.toBe(key);
    expect(keyOf({ body: new Uint8Array() }, null)).toBe(key);
  });

  it.each<[string, Partial<FetchRecord>, string | null]>([
    ["to a request that may change something", { method: "POST" }, stored.bodyHash],
    ["to a request with a body", { requestBody: body }, stored.bodyHash],
    ["behind a login", { authenticated: true }, stored.bodyHash],
    ["to a probe of a session", { role: "probe" }, stored.bodyHash],
    ["that was cut", { truncated: true }, stored.bodyHash],
    ["that is in its coding still", { undecoded: true }, stored.bodyHash],
    ["whose body was masked", {}, "0".repeat(64)],
    ["whose body is not stored", {}, null],
    [
      "whose cookie was masked",
      { responseHeaders: [["set-cookie", "sid=4aa1883c; Path=/"]] },
      stored.bodyHash,
    ],
    [
      "to a request with a secret",
      { requestHeaders: [["authorization", "Bearer abc.def"]] },
      stored.bodyHash,
    ],
  ])("%s is not given again", (_, change, bodyHash) => {
    expect(keyOf(change, bodyHash)).toBeNull();
  });

  it("that never came is not given again", () => {
    const { status: _, responseHeaders: __, ...rest } = answered;
    expect(keyOfRecord({ ...rest, failure: "timed_out" }, stored.bodyHash)).toBeNull();
  });
});
