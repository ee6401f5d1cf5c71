import type { ApiConfig } from "@picket/config";
import { createDatabase, createKeyRing } from "@picket/db";
import type { Logger } from "@picket/logging";
import { createScanQueue } from "@picket/queue";
import { createStore } from "@picket/storage";
import type { ApiServices } from "./api-services.ts";
import { createCursorCodec } from "./http/cursor.ts";
import { openApiText } from "./openapi/openapi-text.ts";
import { createMetrics } from "./platform/metrics.ts";
import { createReadiness } from "./platform/readiness.ts";
import { createScanStreams } from "./scans/scan-streams.ts";
import { engineVersion } from "./version.ts";

/** Opens the pools; nothing is asked of the services yet. */
export function createServices(config: ApiConfig, logger: Logger): ApiServices & { close(): Promise<void> } {
  const database = createDatabase({
    url: config.databaseUrl,
    poolMax: config.databasePoolMax,
    applicationName: "picket-api",
    onConnectionLost: (error) => logger.warn("database connection lost, it is made again", { error }),
  });
  const queue = createScanQueue({
    redisUrl: config.redisUrl,
    prefix: config.queuePrefix,
    onConnectionError: (error) => logger.warn("queue connection lost, it is made again", { error }),
  });
  const bodies = createStore(config.storage);
  return {
    database,
    queue,
    bodies,
    logger,
    metrics: createMetrics({ database, queue }),
    readiness: createReadiness({ database, queue, bodies, logger }),
    cursors: createCursorCodec(config.tokenPepper),
    scanStreams: createScanStreams({ database, logger }),
    tokenPepper: config.tokenPepper,
    secretKeys: createKeyRing(config.secretKeys),
    openApi: openApiText(),
    engineVersion: engineVersion(),
    async close() {
      await queue.close();
      bodies.close();
      await database.close();
    },
  };
}
