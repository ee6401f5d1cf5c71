import { toError } from "@picket/core";
import type { ApiServices } from "../api-services.ts";

/** Never throws: what the queue does not take now, the workers' sweeper finds in the database. */
export async function wakeScan({ queue, logger }: ApiServices, scanId: string): Promise<void> {
  try {
    await queue.enqueueAdvance(scanId);
  } catch (error) {
    logger.warn("scan not enqueued, the sweeper will find it", { scanId, error: toError(error) });
  }
}

/** Ends the scans' requests at once. Never throws: a worker that is not told sees it with its runs' next sign of life. */
export async function stopScans({ queue, logger }: ApiServices, scanIds: readonly string[]): Promise<void> {
  if (scanIds.length === 0) return;
  try {
    await queue.stopScans(scanIds);
  } catch (error) {
    logger.warn("workers not told to stop, they will find it", { scanIds, error: toError(error) });
  }
}

/** After its cancellation was asked for. */
export async function endScan(services: ApiServices, scanId: string): Promise<void> {
  await Promise.all([stopScans(services, [scanId]), wakeScan(services, scanId)]);
}
