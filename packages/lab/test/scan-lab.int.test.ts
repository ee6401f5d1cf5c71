import { afterAll, afterEach, describe, expect, it } from "@jest/globals";
import type { TestFetch } from "@picket/plugin-sdk/testing";
import {
  type Expectation,
  expectationProblems,
  LABS,
  type LabName,
  type ReportedFinding,
  type RunningLab,
  startLab,
} from "../src/index.ts";
import { PLUGINS, scanLab } from "./scan-lab.ts";

const running: RunningLab[] = [];

async function start(name: LabName): Promise<RunningLab> {
  const lab = await startLab(name);
  running.push(lab);
  return lab;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((lab) => lab.stop()));
});

/** Of each plugin version over all applications: findings to be made, missed, and wrong ones. */
const scores = new Map<string, { expected: number; missed: number; wrong: number }>();

function keepScore(expectation: Expectation, findings: readonly ReportedFinding[]): void {
  for (const manifest of PLUGINS) {
    const isOwn = ({ type }: { type: string }) => manifest.emits.includes(type);
    const mustFind = expectation.mustFind.filter(isOwn);
    const problems = expectationProblems({ ...expectation, mustFind }, findings.filter(isOwn));
    const missed = problems.filter((problem) => problem.startsWith("missing:")).length;
    const name = `${manifest.name} ${manifest.version}`;
    const known = scores.get(name) ?? { expected: 0, missed: 0, wrong: 0 };
    scores.set(name, {
      expected: known.expected + mustFind.length,
      missed: known.missed + missed,
      wrong: known.wrong + problems.length - missed,
    });
  }
}

function share(part: number, whole: number): string {
  return whole === 0 ? "-" : (part / whole).toFixed(3);
}

describe("all plugins on each application", () => {
  afterAll(() => {
    const lines = [...scores].map(([name, { expected, missed, wrong }]) => {
      const found = expected - missed;
      return `${name}: precision ${share(found, found + wrong)}, recall ${share(found, expected)} of ${expected}`;
    });
    process.stderr.write(`Detection on the labs\n${lines.join("\n")}\n`);
  });

  it.each(Object.keys(LABS) as LabName[])("find in %s exactly what it declares", async (name) => {
    const lab = await start(name);
    const { findings } = await scanLab(`${lab.url}/`);
    keepScore(LABS[name].expectation, findings);
    expect(expectationProblems(LABS[name].expectation, findings)).toEqual([]);
  });
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
