import type { Database, KeyRing } from "@picket/db";
import type { Logger } from "@picket/logging";
import type { ScanQueue } from "@picket/queue";
import type { BodyStore } from "@picket/storage";
import type { CursorCodec } from "./http/cursor.ts";
import type { Metrics } from "./platform/metrics.ts";
import type { Readiness } from "./platform/readiness.ts";
import type { ScanStreams } from "./scans/scan-streams.ts";

/** What handlers work with; made once, in main. */
export interface ApiServices {
  database: Database;
  queue: ScanQueue;
  bodies: BodyStore;
  logger: Logger;
  metrics: Metrics;
  readiness(): Promise<Readiness>;
  cursors: CursorCodec;
  scanStreams: ScanStreams;
  /** Key of the HMAC under which tokens are stored. */
  tokenPepper: string;
  /** Keys of the secrets at rest. */
  secretKeys: KeyRing;
  /** The OpenAPI document, as JSON text. */
  openApi: string;
  /** Version of Picket that a scan records. */
  engineVersion: string;
}
