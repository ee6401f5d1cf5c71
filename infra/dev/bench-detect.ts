import { areMet, flags, tableOf } from "../bench/bench-row.ts";
import { detect, detectionRows } from "../bench/detect.ts";
import { type DetectionScore, precisionOf, recallOf } from "../bench/detection-score.ts";
import { textTable } from "../bench/text-table.ts";

const HELP = `npm run bench:detect                     what each plugin finds on the lab's applications, and what it asks
npm run bench:detect -- --only <plugin>  one plugin, after the crawl
npm run bench:detect -- --json           { plugins, all, bars } in place of tables
Exit code 1: a bar was missed. It takes about two minutes; half of them it only waits for the slow application.

open     findings that the application's declaration says nothing of
alarms   false ones of medium or above where nothing of that weight is
req/ep   requests for each endpoint of the applications where the plugin ran
req/type requests for each type of finding that the plugin knows
`;

const HEADINGS = [
  "plugin",
  "version",
  "true",
  "false",
  "missed",
  "open",
  "precision",
  "recall",
  "alarms",
  "requests",
  "req/ep",
  "req/type",
  "seconds",
];
const NUMBERS = new Set(HEADINGS.keys()).difference(new Set([0, 1]));

function ratio(part: number | null, whole = 1, digits = 3): string {
  return part === null || whole === 0 ? "-" : (part / whole).toFixed(digits);
}

function lineOf(score: DetectionScore): string[] {
  const { truePositives, falsePositives, missed, open, alarms, requests } = score;
  return [
    score.plugin,
    score.version,
    ...[truePositives, falsePositives, missed, open].map(String),
    ratio(precisionOf(score)),
    ratio(recallOf(score)),
    ...[alarms, requests].map(String),
    ratio(requests, score.endpoints, 2),
    ratio(requests, score.findingTypes, 0),
    score.seconds.toFixed(1),
  ];
}

async function main(): Promise<number> {
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  const { plugins, all, requestsPerPage } = await detect(flags.only);
  const bars = detectionRows({ plugins, all, requestsPerPage });
  if (flags.json) console.log(JSON.stringify({ plugins, all, bars }));
  else {
    const errors = plugins.flatMap((score) => score.errors);
    console.log(textTable([HEADINGS, ...[...plugins, all].map(lineOf)], NUMBERS));
    console.log(["", ...errors, tableOf(bars)].join("\n"));
  }
  return areMet(bars) ? 0 : 1;
}

process.exitCode = await main().catch((error: Error) => {
  console.error(`picket: ${error.message}`);
  return 1;
});
