import { isTerminal, ModuleProgress, ScanProgress } from "@picket/core";
import { readScanSnapshot } from "@picket/db";
import { authenticate, bearerToken } from "../auth/authenticate.ts";
import { defineRoute, IdParams } from "../http/route.ts";
import { snapshotId } from "./scan-messages.ts";
import { noScan } from "./scan-of.ts";

export const SCAN_EVENTS_ROUTE = defineRoute({
  id: "streamScanEvents",
  method: "get",
  path: "/scans/:id/events",
  role: "viewer",
  tag: "scans",
  summary: "Follow a scan as server-sent events",
  description:
    "First the whole state, then every change: `scan` (ScanProgress), `module` (ModuleProgress), and `end` with the " +
    "final status, after which the stream closes. With the Last-Event-ID of the newest state only what comes after " +
    "it is sent; when the scan has ended, that is 204.",
  request: { params: IdParams },
  responses: {
    200: {
      contentType: "text/event-stream",
      description: "Events until the scan has ended.",
      schemas: [ScanProgress, ModuleProgress],
    },
    204: null,
  },
  async handle({ params: { id }, database, services, request }) {
    const snapshot = await readScanSnapshot(database.sql, id);
    if (!snapshot) throw noScan(id);
    const lastEventId = request.get("Last-Event-ID") ?? null;
    if (isTerminal(snapshot.scan.status) && lastEventId === snapshotId(snapshot)) {
      return { status: 204, body: null };
    }
    const token = bearerToken(request.headers.authorization);
    return {
      status: 200,
      // nginx would hold events back until it has a buffer full.
      headers: { "X-Accel-Buffering": "no" },
      send: (response) =>
        services.scanStreams.open(snapshot, {
          response,
          lastEventId,
          assertAllowed: async () => {
            await authenticate(services, token);
          },
        }),
    };
  },
});
