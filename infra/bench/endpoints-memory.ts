import { resolve } from "node:path";
import { startLab } from "@picket/lab";
import { atMost, type BenchRow, flags, positionals, runIfMain } from "./bench-row.ts";
import { startMeasuredWorker } from "./measured-worker.ts";

/**
 * P11: a worker stores the endpoints that one scan reports, a thousand, ten thousand and a hundred thousand of them.
 * Its memory must not follow their number: the largest scan may take a tenth more than the smallest.
 *
 *     node infra/bench/endpoints-memory.ts [largest number, 100000]
 */

const RSS_BAR_MB = 300;
const GROWTH_BAR = 1.1;

const most = Number(positionals[0] ?? (flags.quick ? 10_000 : 100_000));

interface Reading {
  endpoints: number;
  peakRssMb: number;
}

async function measure(): Promise<Reading[]> {
  const worker = await startMeasuredWorker({ PLUGIN_DIRS: resolve(import.meta.dirname, "fixtures") });
  const lab = await startLab("fixed");
  try {
    const readings = [];
    for (const endpoints of [most / 100, most / 10, most]) {
      const { platform } = worker;
      const targetId = await platform.target({ baseUrl: `${lab.url}/`, budget: { maxRuntimeSeconds: 900 } });
      const startedAt = performance.now();
      const before = lab.requests().length;
      const scanId = await platform.startScan(targetId, { settings: { inventory: { endpoints } } });
      const status = await platform.scanEnd(scanId, 900_000);
      const [stored] = await platform.rows<{ n: number }>(
        "SELECT count(*)::int AS n FROM scan_endpoint WHERE scan_id = $1::uuid",
        scanId,
      );
      const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
      const firstRequestMs = Math.round((lab.requests()[before]?.startedAt ?? Number.NaN) - startedAt);
      const { p99, rssMb, peakRssMb } = await worker.read();
      readings.push({ endpoints, stored: stored?.n, status, seconds, firstRequestMs, rssMb, peakRssMb, p99 });
    }
    console.table(readings);
    return readings;
  } finally {
    await lab.stop();
    await worker.stop();
  }
}

async function memoryRows(): Promise<BenchRow[]> {
  const readings = await measure();
  const [least, largest] = [readings[0]?.peakRssMb ?? 0, readings.at(-1)?.peakRssMb ?? 0];
  const what = `worker's memory with ${most} endpoints, peak`;
  return [
    atMost({ id: "P11", what, figure: largest, unit: " MB", atMost: RSS_BAR_MB }),
    {
      id: "P11",
      what,
      figure: `${largest} MB`,
      against: `with ${most / 100} ${least} MB`,
      ratio: (largest / least).toFixed(2),
      bar: `<= ${GROWTH_BAR}`,
      met: largest <= least * GROWTH_BAR,
    },
  ];
}

await runIfMain(import.meta.url, memoryRows);
