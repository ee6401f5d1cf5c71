import type { Plugin } from "@picket/plugin-sdk";
import { type Expectation, isWrong, judge } from "../../packages/lab/src/index.ts";
import type { LabRun, LabScan } from "../../packages/lab/test/scan-lab.ts";

const ALARMING = ["critical", "high", "medium"];

/** What one plugin did on applications of the lab. */
export interface DetectionScore {
  plugin: string;
  version: string;
  isPassive: boolean;
  truePositives: number;
  falsePositives: number;
  missed: number;
  /** Findings of which the application's declaration says nothing. */
  open: number;
  /** Findings of medium or above that are false, on applications that have nothing of that weight. */
  alarms: number;
  /** HTTP requests and TLS probes. */
  requests: number;
  endpoints: number;
  findingTypes: number;
  seconds: number;
  /** Each error in words. */
  errors: string[];
}

/** Nothing of medium or above is to be found there. */
function isSafeTwin({ mustFind }: Expectation): boolean {
  return !mustFind.some(({ severity }) => ALARMING.includes(severity));
}

/** Of one plugin on one application. */
export function scoreOf(
  lab: string,
  expectation: Expectation,
  { plugin, requests, seconds }: LabRun,
  { findings, endpoints }: LabScan,
): DetectionScore {
  const isOwn = ({ type }: { type: string }) => plugin.emits.includes(type);
  const mustFind = expectation.mustFind.filter(isOwn);
  const { judged, missed } = judge({ ...expectation, mustFind }, findings.filter(isOwn));
  const wrong = judged.filter(({ verdict }) => isWrong(verdict));
  const alarms = wrong.filter(({ finding }) => ALARMING.includes(finding.severity));
  return {
    plugin: plugin.name,
    version: plugin.version,
    isPassive: isPassive(plugin),
    truePositives: judged.filter(({ verdict }) => verdict === "declared").length,
    falsePositives: wrong.length,
    missed: missed.length,
    open: judged.filter(({ verdict }) => verdict === "open").length,
    alarms: isSafeTwin(expectation) ? alarms.length : 0,
    requests,
    endpoints: endpoints.length,
    findingTypes: plugin.emits.length,
    seconds,
    errors: [
      ...wrong.map(({ finding, verdict }) => `${lab}: ${verdict}: ${finding.type} at ${finding.where[0]}`),
      ...missed.map(({ type, where }) => `${lab}: missing: ${type} at ${where}`),
    ],
  };
}

function isPassive({ requiredCapabilities }: Plugin): boolean {
  return requiredCapabilities.length === 0;
}

const SUMMED = [
  "truePositives",
  "falsePositives",
  "missed",
  "open",
  "alarms",
  "requests",
  "endpoints",
  "findingTypes",
  "seconds",
] as const;

function sum(scores: readonly DetectionScore[], of: (typeof SUMMED)[number]): number {
  return scores.reduce((total, score) => total + score[of], 0);
}

/** Of one plugin on all applications. */
export function combined(scores: readonly [DetectionScore, ...DetectionScore[]]): DetectionScore {
  const [first] = scores;
  const sums = Object.fromEntries(SUMMED.map((of) => [of, sum(scores, of)]));
  return {
    ...first,
    ...sums,
    findingTypes: first.findingTypes,
    errors: scores.flatMap(({ errors }) => errors),
  };
}

/** Of all plugins. `endpoints`: of all applications, each once. */
export function total(scores: readonly DetectionScore[], endpoints: number): DetectionScore {
  const sums = Object.fromEntries(SUMMED.map((of) => [of, sum(scores, of)]));
  const whole = { plugin: "all", version: "", isPassive: false, errors: [] };
  return { ...whole, ...(sums as Record<(typeof SUMMED)[number], number>), endpoints };
}

/** Null: nothing was found. */
export function precisionOf({ truePositives, falsePositives }: DetectionScore): number | null {
  const found = truePositives + falsePositives;
  return found === 0 ? null : truePositives / found;
}

/** Null: there was nothing to be found. */
export function recallOf({ truePositives, missed }: DetectionScore): number | null {
  const there = truePositives + missed;
  return there === 0 ? null : truePositives / there;
}
