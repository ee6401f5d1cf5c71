import { resolve } from "node:path";
import { startLab } from "@picket/lab";
import { startMeasuredWorker } from "./measured-worker.ts";

/**
 * P11: a worker stores the endpoints that one scan reports, a thousand, ten thousand and a hundred thousand of them.
 * Its memory must not follow their number: the largest scan may take a tenth more than the smallest.
 *
 *     node infra/bench/endpoints-memory.ts [largest number, 100000]
 */

const RSS_BAR_MB = 300;
const GROWTH_BAR = 1.1;

const most = Number(process.argv[2] ?? 100_000);
const counts = [most / 100, most / 10, most];
const worker = await startMeasuredWorker({ PLUGIN_DIRS: resolve(import.meta.dirname, "fixtures") });
const lab = await startLab("fixed");
try {
  const rows = [];
  for (const endpoints of counts) {
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
    rows.push({ endpoints, stored: stored?.n, status, seconds, firstRequestMs, rssMb, peakRssMb, p99 });
    console.log(rows.at(-1));
  }
  console.table(rows);
  const [least, largest] = [rows[0]?.peakRssMb ?? 0, rows.at(-1)?.peakRssMb ?? 0];
  if (largest > RSS_BAR_MB || largest > least * GROWTH_BAR) process.exitCode = 1;
} finally {
  await lab.stop();
  await worker.stop();
}
