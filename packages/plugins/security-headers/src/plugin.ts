import { createVerdicts, definePlugin, type FetchView, type Verdict } from "@picket/plugin-sdk";
import { z } from "zod";
import { CLAIMS } from "./claims.ts";
import { concernsPage, type Defect, evaluate, isSuccess, statesHsts } from "./evaluate.ts";
import { type Grading, gradeOf, LEAST_FOR_BONUS } from "./observatory.ts";
import { type RecordedPage, recordedPage } from "./recorded-page.ts";

/** What a visitor's browser shows; answers to HEAD and OPTIONS are no pages. */
const METHODS = new Set(["GET", "POST"]);
const MAX_SNIPPET = 1_000;

/** The header's value, or for a missing one the names of those that are there. */
function snippetOf({ header, value }: Defect, { status, headers }: RecordedPage): string {
  const names = [...new Set(headers.map(([name]) => name))].sort();
  const text = value === null ? `status ${status}, headers: ${names.join(", ")}` : `${header}: ${value}`;
  return text.slice(0, MAX_SNIPPET);
}

function verdictOf(defect: Defect, page: RecordedPage, fetch: FetchView): Verdict {
  const { key, ...claim } = CLAIMS[defect.claim];
  return {
    finding: {
      ...claim,
      rootCause: { level: "target", key },
      instance: { method: fetch.method, url: fetch.url },
    },
    evidence: [
      {
        kind: "observation",
        snippet: snippetOf(defect, page),
        location: { part: "response_header", name: defect.header },
        fetchId: fetch.id,
      },
    ],
  };
}

function gradeVerdict({ score, grade, modifiers }: Grading, fetch: FetchView): Verdict {
  const { key, ...claim } = CLAIMS["observatory-grade"];
  const signed = (points: number) => (points > 0 ? `+${points}` : `${points}`);
  const lines = modifiers.map(({ test, points, reason }) => `${signed(points)} ${test}: ${reason}`);
  return {
    finding: {
      ...claim,
      rootCause: { level: "target", key },
      instance: { method: fetch.method, url: fetch.url },
    },
    evidence: [
      {
        kind: "observation",
        snippet: [`grade ${grade}, score ${score}`, ...lines].join("\n").slice(0, MAX_SNIPPET),
        location: { part: "response_header" },
        fetchId: fetch.id,
        details: { score, grade },
      },
    ],
  };
}

/** The target's base address stands for the site. Nothing is said of a front page that is graded A or better. */
function gradeVerdicts(fetch: FetchView, page: RecordedPage, baseUrl: string): Verdict[] {
  const isFrontPage = fetch.method === "GET" && fetch.url === new URL(baseUrl).href;
  if (!isFrontPage || page.meta === null || !isSuccess(page)) return [];
  const grading = gradeOf(page);
  return grading.score < LEAST_FOR_BONUS ? [gradeVerdict(grading, fetch)] : [];
}

export const plugin = definePlugin({
  name: "security-headers",
  description:
    "Judges the security headers of recorded responses, each where it has an effect, and grades the front page.",
  version: "1.1.0",
  requiredCapabilities: [],
  stage: "inspect",
  emits: [...new Set(Object.values(CLAIMS).map(({ type }) => type))],
  config: z.object({}),
  async *run({ target }, { session, log }) {
    const verdicts = createVerdicts();
    /** Missing from what is no page: counts only where no response of the host has it. */
    const besidePages: Verdict[] = [];
    let isHstsStated = false;
    let withoutBody = 0;
    for await (const fetch of session.fetches()) {
      if (!METHODS.has(fetch.method)) continue;
      const page = await recordedPage(fetch);
      if (page.isHtml && !page.meta) withoutBody += 1;
      isHstsStated ||= statesHsts(page);
      for (const verdict of gradeVerdicts(fetch, page, target.baseUrl)) verdicts.add(verdict);
      for (const defect of evaluate(page)) {
        const verdict = verdictOf(defect, page, fetch);
        if (concernsPage(defect, page)) verdicts.add(verdict);
        else besidePages.push(verdict);
      }
    }
    if (!isHstsStated) for (const verdict of besidePages) verdicts.add(verdict);
    if (withoutBody > 0)
      log.warn("documents without a stored body: their CSP and referrer policy were not judged", {
        withoutBody,
      });
    yield* verdicts.packs();
  },
});
