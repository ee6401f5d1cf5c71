import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LABS, type LabName, startLab } from "../../packages/lab/src/index.ts";
import { freePort } from "../services/index.ts";
import { type JudgedLines, judgeLines } from "./peers/judge-lines.ts";
import { nmap } from "./peers/nmap.ts";
import type { Peer } from "./peers/peer.ts";
import { picket } from "./peers/picket.ts";
import { compareTls, sslscanVersion } from "./peers/sslscan.ts";
import { wapiti } from "./peers/wapiti.ts";
import { whatweb } from "./peers/whatweb.ts";
import { missing } from "./real/folder.ts";
import { markdownTable } from "./text-table.ts";

/**
 * Picket beside other scanners on the lab's applications, in one run: each has an instance of its own, all start at the
 * same time, requests are counted at the target, and what they say is held against what the applications declare. Of TLS,
 * what sslscan says of the same servers. It installs nothing: what is missing is named and left out.
 *
 *     node infra/bench/peers.ts [application …] [--lines]
 */

const PEERS: readonly Peer[] = [picket, wapiti, nmap, whatweb];
const PLAIN = [
  "vulnerable",
  "fixed",
  "exposures-vulnerable",
  "exposures-safe",
  "requests-vulnerable",
  "requests-safe",
  "leaky",
  "leaky-safe",
  "injection-vulnerable",
  "injection-safe",
  "command-vulnerable",
  "command-safe",
] as const satisfies LabName[];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { lines: { type: "boolean" } },
});

interface Outcome extends JudgedLines {
  peer: string;
  lab: LabName;
  lines: number;
  requests: number;
  seconds: number;
}

async function outcomeOf(peer: Peer, name: LabName): Promise<Outcome> {
  const lab = await startLab(name, { port: await freePort(peer.port) });
  const folder = await mkdtemp(join(tmpdir(), "picket-peer-"));
  try {
    const startedAt = performance.now();
    const lines = await peer.scan(`${lab.url}/`, folder);
    const seconds = (performance.now() - startedAt) / 1_000;
    const judged = judgeLines(LABS[name].expectation, lines);
    return {
      peer: peer.name,
      lab: name,
      lines: lines.length,
      requests: lab.requests().length,
      seconds,
      ...judged,
    };
  } finally {
    await lab.stop();
    await rm(folder, { recursive: true });
  }
}

const HEADINGS = [
  "application",
  "scanner",
  "lines",
  "declared found",
  "false alarms",
  "not judged",
  "requests",
  "seconds",
];

function cellsOf({
  lab,
  peer,
  lines,
  found,
  declared,
  falseAlarms,
  notJudged,
  requests,
  seconds,
}: Outcome): string[] {
  const counts = [
    String(lines),
    `${found} of ${declared}`,
    String(falseAlarms.length),
    String(notJudged.length),
  ];
  return [lab, peer, ...counts, String(requests), seconds.toFixed(0)];
}

function totalOf(outcomes: readonly Outcome[]): Outcome[] {
  return [...Map.groupBy(outcomes, ({ peer }) => peer).values()].map((of) => {
    const sum = (value: (outcome: Outcome) => number) =>
      of.reduce((total, outcome) => total + value(outcome), 0);
    return {
      ...(of[0] as Outcome),
      lab: "all" as LabName,
      lines: sum(({ lines }) => lines),
      found: sum(({ found }) => found),
      declared: sum(({ declared }) => declared),
      falseAlarms: of.flatMap(({ falseAlarms }) => falseAlarms),
      notJudged: of.flatMap(({ notJudged }) => notJudged),
      requests: sum(({ requests }) => requests),
      seconds: sum(({ seconds }) => seconds),
    };
  });
}

function printLines({ lab, peer, falseAlarms, notJudged }: Outcome): void {
  for (const { says, path } of falseAlarms) console.log(`${lab} ${peer} false: ${says} at ${path ?? "/"}`);
  for (const { says, path } of notJudged) console.log(`${lab} ${peer} not judged: ${says} at ${path ?? "/"}`);
}

async function compareApplications(peers: readonly Peer[]): Promise<void> {
  const names = PLAIN.filter((name) => positionals.length === 0 || positionals.includes(name));
  const outcomes: Outcome[] = [];
  for (const name of names) {
    const together = await Promise.all(peers.map((peer) => outcomeOf(peer, name)));
    if (values.lines) for (const outcome of together) printLines(outcome);
    outcomes.push(...together);
    console.error(`${name} is done`);
  }
  if (names.length > 0)
    console.log(markdownTable([HEADINGS, ...[...outcomes, ...totalOf(outcomes)].map(cellsOf)]));
}

async function compareServers(): Promise<void> {
  const rows: string[][] = [];
  const names = (Object.keys(LABS) as LabName[]).filter((name) => name.startsWith("tls-"));
  for (const name of names.filter((one) => positionals.length === 0 || positionals.includes(one))) {
    const lab = await startLab(name);
    const lines = await compareTls(lab.url).finally(() => lab.stop());
    const differ = lines.filter(({ sslscan, picket: own }) => sslscan !== own);
    const words = differ.map(
      ({ what, sslscan, picket: own }) => `${what}: sslscan ${sslscan}, Picket ${own}`,
    );
    rows.push([name, String(lines.length), String(lines.length - differ.length), words.join("; ")]);
  }
  if (rows.length > 0) console.log(`\n${markdownTable([["server", "lines", "agree", "differ"], ...rows])}`);
}

function present(file: string, packageName: string): boolean {
  const isThere = missing([file]).length === 0;
  if (!isThere) console.error(`left out, it is not installed: apt-get install ${packageName}`);
  return isThere;
}

const peers = PEERS.filter((peer) => present(peer.program, peer.package));
const versions = await Promise.all(peers.map((peer) => peer.version()));
const hasSslscan = present("/usr/bin/sslscan", "sslscan");
console.log(
  [
    new Date().toISOString().slice(0, 10),
    ...versions,
    ...(hasSslscan ? [`sslscan ${await sslscanVersion()}`] : []),
  ].join("; "),
);
await compareApplications(peers);
if (hasSslscan) await compareServers();
