import { parseArgs } from "node:util";
import { createPlatform, type Platform } from "../../apps/worker/test/harness.ts";
import { startTestServices } from "../test/services.ts";
import { createFolder, missing } from "./real/folder.ts";
import { SOFTWARE, type SoftwareName } from "./real/software.ts";
import { textTable } from "./text-table.ts";

/**
 * Scans software of Debian on loopback, with its own pages and configuration, by a worker process, and prints each finding
 * for somebody to check. It installs nothing: what is missing is named and left out.
 *
 *     node infra/bench/real-software.ts [name …] [--profile full] [--json]
 */

const WAIT_MS = 400_000;
const BUDGET = { rps: 200, concurrency: 8, maxRuntimeSeconds: 380, maxRequests: 20_000 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { profile: { type: "string", default: "standard" }, json: { type: "boolean" } },
});

interface Finding {
  type: string;
  severity: string;
  confidence: number;
  title: string;
  /** All places that it was seen at. */
  places: string[];
  /** Proofs of the first place. */
  evidence: string[];
}

interface Scanned {
  name: SoftwareName;
  url: string;
  status: string;
  requests: number;
  pages: number;
  seconds: number;
  findings: Finding[];
}

const FINDINGS = `SELECT f.type, f.severity::text, f.confidence_score AS confidence, f.title,
    array_agg(DISTINCT i.method || ' ' || i.url || coalesce(' ' || i.parameter_name, '')) AS places,
    (array_agg(DISTINCT e.kind::text || ': ' || left(e.snippet, 300)))[1:4] AS evidence
  FROM observation o JOIN finding f ON f.id = o.finding_id JOIN instance i ON i.id = o.instance_id
  JOIN evidence e ON e.id = ANY (o.evidence_ids)
  WHERE o.scan_id = $1::uuid GROUP BY f.id ORDER BY f.severity, f.type`;

const FIGURES = `SELECT count(*)::int AS requests, extract(epoch FROM max(s.finished_at) - min(s.started_at))::float8 AS seconds,
    (SELECT count(*)::int FROM scan_endpoint WHERE scan_id = $1::uuid) AS pages
  FROM "fetch" f JOIN module_run m ON m.id = f.module_run_id JOIN scan s ON s.id = m.scan_id WHERE s.id = $1::uuid`;

async function scan(platform: Platform, name: SoftwareName): Promise<Scanned> {
  const folder = await createFolder();
  try {
    const url = await SOFTWARE[name].start(folder);
    const targetId = await platform.target({ baseUrl: url, budget: BUDGET });
    const profile = values.profile as "standard";
    const scanId = await platform.startScan(targetId, { profile });
    const status = await platform.scanEnd(scanId, WAIT_MS);
    const [figures] = await platform.rows<Pick<Scanned, "requests" | "pages" | "seconds">>(FIGURES, scanId);
    if (!figures) throw new Error("the scan has no figures");
    return { name, url, status, ...figures, findings: await platform.rows<Finding>(FINDINGS, scanId) };
  } finally {
    await folder.close();
  }
}

function textOf({ name, url, status, requests, pages, seconds, findings }: Scanned): string {
  const head = `== ${name} ${url}: ${status}, ${findings.length} findings, ${pages} endpoints, ${requests} requests, ${seconds.toFixed(0)} s`;
  const lines = findings.map(({ severity, type, confidence, title, places, evidence }) => [
    severity,
    String(confidence),
    type,
    `${title} | ${places.length}: ${places.slice(0, 3).join(", ")} | ${evidence[0] ?? ""}`.replaceAll(
      "\n",
      " ⏎ ",
    ),
  ]);
  return [head, textTable(lines)].join("\n");
}

function chosen(): SoftwareName[] {
  const names = Object.keys(SOFTWARE) as SoftwareName[];
  const wanted = positionals.length === 0 ? names : names.filter((name) => positionals.includes(name));
  return wanted.filter((name) => {
    const packages: Readonly<Record<string, string>> = SOFTWARE[name].packages;
    const absent = Object.entries(packages).filter(([, file]) => missing([file]).length > 0);
    if (absent.length > 0)
      console.error(`${name} is left out: apt-get install ${absent.map(([one]) => one).join(" ")}`);
    return absent.length === 0;
  });
}

const names = chosen();
const services = await startTestServices();
Object.assign(process.env, services.environment);
const platform = await createPlatform();
try {
  await platform.startWorker();
  for (const name of names) {
    const scanned = await scan(platform, name).catch((error: Error) => error);
    if (scanned instanceof Error) {
      console.error(`${name}: ${scanned.message}`);
      process.exitCode = 1;
    } else console.log(values.json ? JSON.stringify(scanned) : textOf(scanned));
  }
} finally {
  await platform.close();
  await services.stop();
}
