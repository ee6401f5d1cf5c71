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
