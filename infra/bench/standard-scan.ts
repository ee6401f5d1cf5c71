import { createPlatform, type Platform } from "../../apps/worker/test/harness.ts";
import { startTestServices } from "../test/services.ts";
import { atMost, type BenchRow, runIfMain } from "./bench-row.ts";
import { LARGE_PAGES, startLargeApplication } from "./large-application.ts";

/**
 * What a standard scan by a worker process asks of an application of 300 pages, counted there. The figure is for each page
 * that it has been to: of the products and articles, which are alike, the crawl looks at some.
 *
 *     node infra/bench/standard-scan.ts
 */

/** Issue 5, §4. */
const REQUESTS_A_PAGE = 6;
const WAIT_MS = 300_000;

interface Measured {
  requests: number;
  /** Pages that were asked for, by path. */
  visited: number;
  seconds: number;
}

async function measure(platform: Platform): Promise<Measured> {
  await platform.startWorker();
  const application = await startLargeApplication();
  try {
    const targetId = await platform.target({
      baseUrl: `${application.url}/`,
      budget: { maxRuntimeSeconds: WAIT_MS / 1_000 },
    });
    const startedAt = performance.now();
    const scanId = await platform.startScan(targetId);
    const status = await platform.scanEnd(scanId, WAIT_MS);
    if (status !== "succeeded") throw new Error(`the scan ended as ${status}`);
    const seconds = (performance.now() - startedAt) / 1_000;
    return { requests: application.asked.length, visited: application.visited(), seconds };
  } finally {
    await application.stop();
  }
}

async function standardScanRows(): Promise<BenchRow[]> {
  const services = await startTestServices();
  Object.assign(process.env, services.environment);
  const platform = await createPlatform();
  const { requests, visited, seconds } = await measure(platform).finally(async () => {
    await platform.close();
    await services.stop();
  });
  return [
    atMost({
      id: "pages",
      what: "standard scan, requests a page that it visited",
      figure: requests / visited,
      unit: "",
      atMost: REQUESTS_A_PAGE,
      against: `${requests} requests, ${visited} of ${LARGE_PAGES} pages, ${seconds.toFixed(0)} s`,
    }),
  ];
}

await runIfMain(import.meta.url, standardScanRows);
