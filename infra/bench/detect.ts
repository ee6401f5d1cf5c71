import { LABS, type LabName, startLab } from "../../packages/lab/src/index.ts";
import { PLUGINS, scanLab } from "../../packages/lab/test/scan-lab.ts";
import { atMost, type BenchRow, flags, runIfMain } from "./bench-row.ts";
import { combined, type DetectionScore, precisionOf, recallOf, scoreOf, total } from "./detection-score.ts";
import { LARGE_PAGES, startLargeApplication } from "./large-application.ts";

/**
 * What the built-in plugins find on the applications of the lab, and what they ask for it: each plugin's findings are held
 * against what the applications declare. And what a standard scan asks of an application of 300 pages.
 */

/** Issue 5, §4. */
const BARS = { falseShare: 0.02, missedShare: 0.05, alarms: 0, passiveRequests: 0, requestsPerPage: 6 };

export interface Detection {
  /** In the order in which they run. */
  plugins: DetectionScore[];
  all: DetectionScore;
  /** Requests of a standard scan for each page that it visited of 300; null with `--only`. */
  requestsPerPage: number | null;
}

async function scoresOn(name: LabName, only: string | undefined): Promise<DetectionScore[]> {
  const lab = await startLab(name);
  try {
    const scan = await scanLab(`${lab.url}/`, { keys: lab.keys, ...(only !== undefined && { only }) });
    return scan.runs.map((run) => scoreOf(name, LABS[name].expectation, run, scan));
  } finally {
    await lab.stop();
  }
}

/** One application after the other; the slow one, which only waits, beside them. */
async function scoresOnAll(only: string | undefined): Promise<DetectionScore[]> {
  const slow = scoresOn("slow", only);
  const scores: DetectionScore[] = [];
  for (const name of Object.keys(LABS) as LabName[])
    if (name !== "slow") scores.push(...(await scoresOn(name, only)));
  return [...scores, ...(await slow)];
}

async function standardRequestsPerPage(): Promise<number> {
  const application = await startLargeApplication();
  try {
    await scanLab(`${application.url}/`, { intrusive: false });
    return application.asked.length / application.visited();
  } finally {
    await application.stop();
  }
}

/** `only`: a plugin's name, else all. Throws on a name that is none. */
export async function detect(only?: string): Promise<Detection> {
  if (only !== undefined && !PLUGINS.some(({ name }) => name === only))
    throw new Error(`unknown plugin ${only}: use one of ${PLUGINS.map(({ name }) => name).join(", ")}`);
  const scores = await scoresOnAll(only);
  const plugins = PLUGINS.flatMap(({ name }) => {
    const [first, ...rest] = scores.filter(({ plugin }) => plugin === name);
    return first && (only === undefined || name === only) ? [combined([first, ...rest])] : [];
  });
  const crawled = scores.filter(({ plugin }) => plugin === "crawl");
  const endpoints = crawled.reduce((sum, score) => sum + score.endpoints, 0);
  const requestsPerPage = only === undefined ? await standardRequestsPerPage() : null;
  return { plugins, all: total(plugins, endpoints), requestsPerPage };
}

export function detectionRows({ plugins, all, requestsPerPage }: Detection): BenchRow[] {
  const passive = plugins.filter(({ isPassive }) => isPassive);
  const sent = passive.reduce((sum, { requests }) => sum + requests, 0);
  const row = (what: string, figure: number | null, bar: number, against: string) =>
    figure === null ? [] : [atMost({ id: "detection", what, figure, unit: "", atMost: bar, against })];
  const [precision, recall] = [precisionOf(all), recallOf(all)];
  return [
    ...row(
      "false among findings (1 - precision)",
      precision === null ? null : 1 - precision,
      BARS.falseShare,
      `${all.falsePositives} of ${all.truePositives + all.falsePositives}`,
    ),
    ...row(
      "missed (1 - recall)",
      recall === null ? null : 1 - recall,
      BARS.missedShare,
      `${all.missed} of ${all.truePositives + all.missed}`,
    ),
    ...row("false alarms on safe twins, medium or above", all.alarms, BARS.alarms, ""),
    ...row("requests of passive plugins", sent, BARS.passiveRequests, `${passive.length} plugins`),
    ...row(
      "requests a page of a standard scan",
      requestsPerPage,
      BARS.requestsPerPage,
      `${LARGE_PAGES} pages, without the platform`,
    ),
  ];
}

await runIfMain(import.meta.url, async () => detectionRows(await detect(flags.only)));
