import type { PaceChangeResource } from "@picket/core";
import { IN_SCAN_SQL } from "../pace/pace-store.ts";
import type { Sql } from "../sql.ts";
import { type Page, type PageRequest, readPage } from "./list.ts";

const SELECT = `
  SELECT p.id, p.at, p.event, p.distress, p.rps, p.pause_ms AS "pauseMs"
  FROM scan s JOIN pace_change p ON ${IN_SCAN_SQL}`;

/** How the rate at which its target is asked changed while a scan ran, the first change first. */
export function listPaceChanges(
  sql: Sql,
  scanId: string,
  page: PageRequest,
): Promise<Page<PaceChangeResource>> {
  return readPage<PaceChangeResource>(
    sql,
    {
      select: SELECT,
      where: [["s.id = ?::uuid", scanId]],
      orderBy: "p.id",
      after: ([id]) => ["p.id > ?::uuid", id],
      keyOf: ({ id }) => [id],
    },
    page,
  );
}
