import { describe, expect, it } from "@jest/globals";
import type { FetchRecord } from "@picket/http";
import { redactHeaders, redactUrl } from "@picket/storage";
import { recallKey } from "./recall.ts";

const redaction = { emails: true, cards: true, key: "k".repeat(32) };
const body = Buffer.from("<p>Hello</p>");
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
const keyOf = (change: Partial<FetchRecord>, isBodyVerbatim = true) =>
  keyOfRecord({ ...answered, ...change }, isBodyVerbatim);

function keyOfRecord(record: FetchRecord, isBodyVerbatim: boolean): string | null {
  return recallKey(record, {
    url: redactUrl(record.url, redaction),
    requestHeaders: redactHeaders(record.requestHeaders, redaction),
    responseHeaders: redactHeaders(record.responseHeaders ?? [], redaction),
    isBodyVerbatim,
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
    expect(keyOf({ body: new Uint8Array() })).toBe(key);
  });

  it.each<[string, Partial<FetchRecord>, boolean]>([
    ["to a request that may change something", { method: "POST" }, true],
    ["to a request with a body", { requestBody: body }, true],
    ["behind a login", { authenticated: true }, true],
    ["to a probe of a session", { role: "probe" }, true],
    ["that was cut", { truncated: true }, true],
    ["that is in its coding still", { undecoded: true }, true],
    ["whose body was masked, cut or not stored", {}, false],
    ["whose cookie was masked", { responseHeaders: [["set-cookie", "sid=4aa1883c; Path=/"]] }, true],
    ["to a request with a secret", { requestHeaders: [["authorization", "Bearer abc.def"]] }, true],
  ])("%s is not given again", (_, change, isBodyVerbatim) => {
    expect(keyOf(change, isBodyVerbatim)).toBeNull();
  });

  it("that never came is not given again", () => {
    const { status: _, responseHeaders: __, ...rest } = answered;
    expect(keyOfRecord({ ...rest, failure: "timed_out" }, true)).toBeNull();
  });
});
