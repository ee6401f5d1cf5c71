import { definePlugin } from "@picket/plugin-sdk";
import { z } from "zod";
import { crawl } from "./crawl.ts";

export const plugin = definePlugin({
  name: "crawl",
  description:
    "Finds the target's pages, forms and API endpoints: links, scripts, robots.txt, sitemaps, OpenAPI and GraphQL.",
  version: "2.3.0",
  requiredCapabilities: ["http:passive", "auth:use"],
  // To send forms, and see what is behind them.
  optionalCapabilities: ["http:intrusive"],
  stage: "discover",
  emits: [],
  // 10,000 pages at the slowest useful pace; a target's budget is what usually ends it.
  limits: { timeoutMs: 1_800_000, maxRequests: 11_000 },
  config: z.object({
    maxPages: z.int().min(1).max(10_000).default(1_000).describe("Pages to request at most"),
    maxDepth: z.int().min(0).max(100).default(10).describe("Clicks from the base URL at most"),
    maxPagesPerRoute: z
      .int()
      .min(1)
      .max(10_000)
      .default(10)
      .describe("Pages of one template, such as /product/{id}, to request at most"),
    maxForms: z
      .int()
      .min(0)
      .max(1_000)
      .default(50)
      .describe("Forms to send by POST at most, where the profile grants http:intrusive"),
    checkUsualPlaces: z
      .boolean()
      .default(true)
      .describe(
        "Ask for API descriptions, GraphQL and listed folders where applications mostly have them (15 requests)",
      ),
    concurrency: z.int().min(1).max(32).default(4).describe("Requests under way at once at most"),
    skipDestructive: z
      .boolean()
      .default(true)
      .describe("Leave out links that look as if they log out or delete"),
  }),
  run: crawl,
});
