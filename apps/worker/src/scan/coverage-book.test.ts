import { describe, expect, it } from "@jest/globals";
import { type CoverageHealth, type ExchangeOutcome, parseWebUrl } from "@picket/core";
import type { IsHealthyPlace } from "@picket/db";
import { createCoverageBook } from "./coverage-book.ts";

function bookOf(isHealthyPlace: IsHealthyPlace | null = null) {
  const redaction = { emails: true, cards: true, key: "k".repeat(32) };
  return createCoverageBook({ base: parseWebUrl("http://app.test/"), redaction, isHealthyPlace });
}

const get = (url: string) => ({ method: "GET", url });

describe("createCoverageBook", () => {
  it("keeps the health of each place, to which a server error adds nothing, and counts its exchanges", () => {
    const book = bookOf();
    book.request(get("http://app.test/a?x=1"), { status: 503 });
    book.request(get("/a?x=2"), { status: 200 });
    book.look({ method: "POST", url: "http://app.test/a" }, { failure: "timed_out" });
    expect(book.rows()).toEqual([
      {
        method: "GET",
        url: "http://app.test/a",
        health: "healthy",
        exchanges: 2,
        healthy: 1,
        isOwn: true,
        authentication: "anonymous",
      },
      {
        method: "POST",
        url: "http://app.test/a",
        health: "network_error",
        exchanges: 1,
        healthy: 0,
        isOwn: false,
        authentication: "anonymous",
      },
    ]);
  });

  it("believes the run's own answers rather than those it was handed", () => {
    const book = bookOf();
    book.look(get("/a"), { status: 200 });
    book.request(get("/a"), { status: 302, location: "/login" });
    book.look(get("/a"), { status: 404 });
    expect(book.rows()).toEqual([
      {
        method: "GET",
        url: "http://app.test/a",
        health: "auth_lost",
        exchanges: 1,
        healthy: 0,
        isOwn: true,
        authentication: "anonymous",
      },
    ]);
  });

  it("takes a refusal for an answer where another identity asked on purpose", () => {
    const book = bookOf();
    book.request({ ...get("/a"), mayBeRefused: true }, { status: 403 });
    book.request({ ...get("/b"), mayBeRefused: true }, { status: 302, location: "/login" });
    book.request({ ...get("/c"), mayBeRefused: true }, { status: 429 });
    expect(book.rows().map(({ health }) => health)).toEqual(["healthy", "healthy", "rate_limited"]);
  });

  it.each<[CoverageHealth, ExchangeOutcome[]]>([
    ["blocked", [{ status: 403 }]],
    ["rate_limited", [{ status: 429 }]],
    ["auth_lost", [{ status: 302, location: "/login" }]],
    ["network_error", [{ failure: "timed_out" }]],
    ["budget_exhausted", [{ failure: "budget_exhausted" }]],
    ["blocked", [{ failure: "timed_out" }, { status: 403 }, { status: 429 }]],
    ["healthy", [{ status: 500 }]],
  ])("is %s where a benign request of its own went well and others met %j", (health, others) => {
    const book = bookOf();
    const benign = { status: 200 };
    for (const outcome of [benign, ...others, benign]) book.request(get("/a"), outcome);
    expect(book.rows()).toMatchObject([{ health, healthy: 2, exchanges: 2 + others.length }]);
  });

  it("does not hold against a place what the broker asked for again", () => {
    const book = bookOf();
    book.request({ ...get("/a"), fetchId: "one" }, { status: 401 });
    book.request({ ...get("/a"), fetchId: "two", repeats: "one" }, { status: 200 });
    expect(book.rows()).toMatchObject([{ health: "healthy", healthy: 1, exchanges: 2 }]);
  });

  it("takes the best of answers that it was handed", () => {
    const book = bookOf();
    for (const status of [403, 200, 429]) book.look(get("/a"), { status });
    expect(book.rows()).toMatchObject([{ health: "healthy" }]);
  });

  it("keeps no account of other hosts, nor of what is no web URL", () => {
    const book = bookOf();
    book.request(get("http://evil.test/a"), { failure: "out_of_scope" });
    book.request(get("ftp://app.test/a"), { status: 200 });
    expect(book.rows()).toEqual([]);
    expect(book.exchanges()).toEqual({});
  });

  it("counts the run's own requests only, and refusals only of places that are there", () => {
    const book = bookOf(({ path }) => path === "/known");
    book.look(get("/known"), { status: 403 });
    book.request(get("/known"), { status: 403 });
    book.request(get("/.env"), { status: 403 });
    book.request(get("/.git"), { status: 429 });
    book.request(get("/backup"), { status: 404 });
    book.request(get("/slow"), { failure: "timed_out" });
    expect(book.exchanges()).toEqual({ blocked: 1, healthy: 1, network_error: 1 });
  });

  it("keeps account of 20,000 places and counts looks at others", () => {
    const book = bookOf();
    for (let index = 0; index < 20_002; index += 1) book.look(get(`/p${index}`), { status: 200 });
    book.look(get("/p0"), { status: 200 });
    expect(book.rows()).toHaveLength(20_000);
    expect(book.placesNotKept()).toBe(2);
  });

  it("says when the latest of the healthiest looks began", () => {
    const book = bookOf();
    const at = (ms: number) => ({ ...get("/a"), at: new Date(ms) });
    book.request(at(10), { status: 503 });
    book.request(at(30), { status: 200 });
    book.request(at(20), { status: 200 });
    book.request(at(40), { status: 503 });
    expect(book.rows()).toMatchObject([{ health: "healthy", lookedAt: new Date(30) }]);
  });

  it("tells a look that was proven to be logged in from one in doubt, at the healthiest of its answers", () => {
    const book = bookOf();
    const doubts = [{ from: 100, to: 200 }];
    book.request({ ...get("/a"), authenticated: 50 }, { status: 401 });
    book.request({ ...get("/a"), authenticated: 150 }, { status: 200 });
    book.request({ ...get("/b"), authenticated: 150 }, { status: 200 });
    book.request({ ...get("/b"), authenticated: 250 }, { status: 200 });
    book.request(get("/c"), { status: 200 });
    expect(book.rows(doubts).map(({ authentication }) => authentication)).toEqual([
      "auth_lost",
      "authenticated",
      "anonymous",
    ]);
  });
});
