import { setTimeout as sleep } from "node:timers/promises";
import { HOSTILES, type HostileName, startHostile, startLab } from "@picket/lab";
import { atMost, type BenchRow, flags, positionals, runIfMain } from "./bench-row.ts";
import { type MeasuredWorker, startMeasuredWorker } from "./measured-worker.ts";

/**
 * R10: one real worker scans eighteen hostile servers, three at a time, after a well-behaved one as a control. Each scan
 * must end within its longest runtime and 5 s, and the worker's memory and event loop must not suffer. The event loop's
 * delay is the machine's too: read it beside the idle worker's and the control's.
 *
 *     node infra/bench/hostile-targets.ts [name of a server …]
 */

const MAX_RUNTIME_S = 15;
const LATE_S = 5;
const RSS_BAR_MB = 300;
const P99_BAR_MS = 50;
const AT_ONCE = 3;
const IDLE_MS = 5_000;
const ENDED = new Set(["succeeded", "partially_succeeded", "failed", "timed_out"]);

interface Scanned {
  target: string;
  status: string;
  seconds: number;
  requests: number;
}

interface Scannable {
  url: string;
  stop(): Promise<void>;
}

async function scan({ platform }: MeasuredWorker, target: string, site: Scannable, requests: () => number) {
  const budget = { rps: 200, concurrency: 8, maxRuntimeSeconds: MAX_RUNTIME_S, maxRequests: 2_000 };
  const targetId = await platform.target({ baseUrl: `${site.url}/`, budget });
  const startedAt = performance.now();
  const status = await platform.scanEnd(await platform.startScan(targetId), 120_000);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  await site.stop();
  return { target, status, seconds, requests: requests() };
}

async function scanHostile(worker: MeasuredWorker, name: HostileName): Promise<Scanned> {
  const hostile = await startHostile(name);
  return scan(worker, name, hostile, hostile.requests);
}

async function scanControl(worker: MeasuredWorker): Promise<Scanned> {
  const lab = await startLab("fixed");
  return scan(worker, "well-behaved", lab, () => lab.requests().length);
}

async function scanAll(worker: MeasuredWorker, names: readonly HostileName[]): Promise<Scanned[]> {
  const left = [...names];
  const scanned: Scanned[] = [];
  const lane = async () => {
    for (let name = left.shift(); name; name = left.shift()) scanned.push(await scanHostile(worker, name));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return scanned;
}

function isOnTime({ status, seconds }: Scanned): boolean {
  return ENDED.has(status) && seconds <= MAX_RUNTIME_S + LATE_S;
}

async function hostileRows(): Promise<BenchRow[]> {
  const names =
    positionals.length > 0 ? (positionals as HostileName[]) : (Object.keys(HOSTILES) as HostileName[]);
  const worker = await startMeasuredWorker({ WORKER_CONCURRENCY: "4" });
  try {
    await worker.read();
    await sleep(IDLE_MS);
    const idle = await worker.read();
    await scanControl(worker);
    const control = await worker.read();
    const scanned = await scanAll(worker, flags.quick ? names.slice(0, 3) : names);
    const hostile = await worker.read();
    console.table(scanned.map((row) => ({ ...row, met: isOnTime(row) })));
    console.table({ idle, "well-behaved": control, hostile });
    const late = scanned.filter((row) => !isOnTime(row));
    return [
      atMost({
        id: "R10",
        what: `scans of ${scanned.length} hostile servers that end too late`,
        figure: late.length,
        unit: "",
        atMost: 0,
      }),
      atMost({
        id: "R10",
        what: "the worker's event-loop delay meanwhile, p99",
        figure: hostile.p99,
        unit: " ms",
        atMost: P99_BAR_MS,
        against: `idle ${idle.p99} ms, well-behaved ${control.p99} ms`,
      }),
      atMost({
        id: "R10",
        what: "the worker's memory, peak",
        figure: hostile.peakRssMb,
        unit: " MB",
        atMost: RSS_BAR_MB,
      }),
    ];
  } finally {
    await worker.stop();
  }
}

await runIfMain(import.meta.url, hostileRows);
