import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type RunningLab, startLab } from "../src/index.ts";
import { scanLab } from "./scan-lab.ts";

describe("the maze", () => {
  let lab: RunningLab;
  let warnings: string[];
  let paths: string[];

  beforeAll(async () => {
    lab = await startLab("maze");
    const scan = await scanLab(`${lab.url}/`, { only: "crawl", intrusive: false });
    paths = scan.endpoints.map((endpoint) => endpoint.replace(lab.url, ""));
    warnings = scan.warnings;
  });

  afterAll(() => lab.stop());

  it("is left again, and each trap is named", () => {
    const asked = (start: string) => lab.requests().filter(({ url }) => url.startsWith(start));
    expect(asked("/calendar").length).toBeLessThanOrEqual(22);
    expect(asked("/visit").length).toBeLessThanOrEqual(4);
    expect(asked("/seen").length).toBeLessThanOrEqual(4);
    expect(asked("/deep/a/a/b/a/")).toEqual([]);
    expect(asked("/shop").length).toBeLessThanOrEqual(100);
    expect(warnings).toEqual(
      expect.arrayContaining([
        "route cap reached",
        "combination cap reached: a path with ever new parameters",
        "path cap reached: paths that repeat themselves",
      ]),
    );
  });

  it.each([
    ["a form that is filled in", ["GET /find", "GET /found-by-find", "POST /message"]],
    [
      "scripts",
      [
        "GET /static/chunk-9f3a.js",
        "GET /api/trips/1?full=1",
        "POST /api/trips",
        "POST /api/vote",
        "GET /api/from-chunk",
      ],
    ],
    ["a JSON answer", ["GET /api/from-json?after=5"]],
    [
      "the API's description",
      ["GET /openapi.yaml", "GET /api/tents/3", "GET /api/hidden/lantern", "POST /api/orders"],
    ],
    ["GraphQL", ["POST /graphql"]],
  ])("shows what only %s leads to", (_what, expected) => {
    expect(paths).toEqual(expect.arrayContaining(expected));
  });

  it("takes no text in a script for a place that is not there", () => {
    expect(paths.filter((path) => /no-such-route|commented-out/.test(path))).toEqual([]);
  });

  it("is asked with GET only", () => {
    expect(lab.requests().every(({ method }) => method === "GET" || method === "HEAD")).toBe(true);
  });
});

describe("the planner", () => {
  let lab: RunningLab;

  beforeEach(async () => {
    lab = await startLab("planner-safe");
  });

  afterEach(() => lab.stop());

  async function crawled(intrusive: boolean) {
    const { endpoints, warnings } = await scanLab(`${lab.url}/`, { only: "crawl", intrusive });
    const sent = lab.requests().filter(({ method }) => method === "POST");
    return {
      paths: endpoints.map((one) => one.replace(lab.url, "")),
      warnings,
      sent: sent.map(({ url }) => url),
    };
  }

  it("is seen to its last step where forms may be sent, and its quiz ends", async () => {
    const { paths, warnings, sent } = await crawled(true);
    expect(paths).toEqual(
      expect.arrayContaining(["POST /guests", "GET /terms", "POST /review", "GET /trip?name=ridge"]),
    );
    expect(sent.filter((url) => url.startsWith("/account"))).toEqual([]);
    expect(sent.filter((url) => url.startsWith("/quiz"))).toHaveLength(10);
    expect(warnings).toContain("form cap reached");
  });

  it("is sent nothing where they may not", async () => {
    const { paths, sent } = await crawled(false);
    expect(sent).toEqual([]);
    expect(paths).toContain("POST /route");
    expect(paths).not.toContain("POST /guests");
  });
});
