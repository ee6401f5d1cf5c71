import { describe, expect, it } from "@jest/globals";
import type { CoverageHealth } from "./change.ts";
import { type CrawlFacts, crawlCoverage } from "./crawl-coverage.ts";

const known = (...routes: string[]) => routes.map((route) => ({ route, url: `http://app.test${route}` }));
const look = (route: string, health: CoverageHealth = "healthy", healthy = health === "healthy" ? 1 : 0) => ({
  route,
  health,
  healthy,
});
const coverage = (facts: Partial<CrawlFacts>) => crawlCoverage({ known: [], looks: [], notes: [], ...facts });

describe("crawlCoverage", () => {
  it("is whole when every known route has answered", () => {
    expect(coverage({ known: known("/", "/a"), looks: [look("/"), look("/a"), look("/guess")] })).toEqual({
      known: 2,
      answered: 2,
      share: 1,
      gaps: {},
      caps: [],
    });
  });

  it("falls with what a cap, a wall, a budget, an error and words of deletion keep away", () => {
    const found = coverage({
      known: known("/", "/cut", "/account", "/admin", "/late", "/broken", "/cart/delete", "/logo.png"),
      looks: [
        look("/"),
        look("/account", "auth_lost"),
        look("/admin", "blocked"),
        look("/late", "budget_exhausted"),
        look("/broken", "server_error"),
      ],
      notes: [{ "page cap reached": { maxPages: 5, left: 1 }, "crawl finished": { pages: 5 } }],
    });
    expect(found).toEqual({
      known: 7,
      answered: 1,
      share: 1 / 7,
      gaps: { auth_lost: 1, blocked: 1, budget_exhausted: 1, server_error: 1, destructive: 1, not_asked: 1 },
      caps: [{ cap: "page cap reached", left: 1 }],
    });
  });

  it("takes a route for answered when one of its pages was", () => {
    const looks = [look("/p/{id}", "blocked", 3), look("/q", "server_error"), look("/q", "healthy")];
    expect(coverage({ known: known("/p/{id}", "/q"), looks }).share).toBe(1);
  });

  it("is 0 when nothing is known", () => {
    expect(coverage({ looks: [look("/", "network_error")] }).share).toBe(0);
  });
});
