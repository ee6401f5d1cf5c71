import { afterEach, describe, expect, it } from "@jest/globals";
import type { TestFetch } from "@picket/plugin-sdk/testing";
import { expectationProblems, LABS, type LabName, type RunningLab, startLab } from "../src/index.ts";
import { scanLab } from "./scan-lab.ts";

/** The slow application takes most of a second for each of a hundred requests and more. */
const SLOWEST_MS = 180_000;

const running: RunningLab[] = [];

async function start(name: LabName): Promise<RunningLab> {
  const lab = await startLab(name);
  running.push(lab);
  return lab;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((lab) => lab.stop()));
});

describe("all plugins on each application", () => {
  it.each(Object.keys(LABS) as LabName[])(
    "find in %s exactly what it declares, and explain it",
    async (name) => {
      const lab = await start(name);
      const { findings, unexplained } = await scanLab(`${lab.url}/`, { keys: lab.keys });
      expect(expectationProblems(LABS[name].expectation, findings)).toEqual([]);
      expect(unexplained).toEqual([]);
    },
    SLOWEST_MS,
  );
});

describe("hashes in file names", () => {
  it("are not taken for versions", async () => {
    const lab = await start("static-sleep");
    const { components } = await scanLab(`${lab.url}/`);
    expect(components.filter((component) => !component.endsWith(" -"))).toEqual([]);
  });
});

describe("the vulnerable shop", () => {
  it("is crawled whole, without logging out, deleting or leaving it", async () => {
    const lab = await start("vulnerable");
    const { endpoints, components, warnings } = await scanLab(`${lab.url}/`, { intrusive: false });
    const paths = endpoints.map((endpoint) => endpoint.replace(lab.url, ""));
    expect(paths).toEqual(
      expect.arrayContaining([
        "GET /products?page=2",
        "GET /product/12",
        "GET /deals",
        "GET /old-shop",
        "GET /admin",
        "GET /api/products/1",
        "POST /login",
        "GET /search",
        "GET /logout",
      ]),
    );
    expect(endpoints.every((endpoint) => endpoint.includes(lab.url))).toBe(true);
    const asked = lab.requests().map(({ url }) => url);
    expect(asked.filter((url) => /logout|delete|clear/.test(url))).toEqual([]);
    const written = lab.requests().filter(({ method }) => !["GET", "OPTIONS", "TRACE"].includes(method));
    const isGraphqlQuery = ({ method, url }: { method: string; url: string }) =>
      method === "POST" && /\/(?:graphql|query)\b|\/v1\//.test(url);
    expect(written.filter((request) => !isGraphqlQuery(request))).toEqual([]);
    expect(components.sort()).toEqual([
      "Apache HTTP Server 2.4.54",
      "PHP 7.4.33",
      "WordPress 6.1.1",
      "jQuery 1.12.4",
    ]);
    expect(warnings).toEqual(["route cap reached"]);
  });

  it("gives the same findings on a second scan, and when its pages are read in another order", async () => {
    const lab = await start("vulnerable");
    const first = await scanLab(`${lab.url}/`, { intrusive: false });
    const order = (fetches: TestFetch[]) => fetches.reverse();
    const second = await scanLab(`${lab.url}/`, { intrusive: false, order });
    expect(second.dedupeKeys).toEqual(first.dedupeKeys);
    expect(second.endpoints).toEqual(first.endpoints);
  });
});
