import { AppError, MAX_PLUGIN_BODY_BYTES } from "@picket/core";
import {
  type SessionPage,
  type Sql,
  sessionBodyPath,
  sessionComponents,
  sessionEndpoints,
  sessionFetches,
} from "@picket/db";
import type { Page, PageRequest, SessionPort } from "@picket/plugin-sdk";
import type { BodyStore } from "@picket/storage";
import { z } from "zod";

const Cursor = z.uuid().nullable();

/** What the scan has recorded so far, as plugins may read it. A cursor is the id of a page's last record. */
export function createSessionPort(
  { sql, bodies }: { sql: Sql; bodies: Pick<BodyStore, "get"> },
  scanId: string,
): SessionPort {
  const pageOf = async <Item extends { id: string }>(
    { cursor, limit }: PageRequest,
    read: (page: SessionPage) => Promise<Item[]>,
  ): Promise<Page<Item>> => {
    const after = Cursor.safeParse(cursor);
    if (!after.success) throw new AppError("INVALID_INPUT", "the cursor is not one that a page gave");
    const items = await read({ scanId, after: after.data, limit });
    return { items, next: items.length < limit ? null : (items.at(-1)?.id ?? null) };
  };
  return {
    endpoints: (page) => pageOf(page, (at) => sessionEndpoints(sql, at)),
    fetches: (page, filter) => pageOf(page, (at) => sessionFetches(sql, at, filter)),
    components: (page) => pageOf(page, (at) => sessionComponents(sql, at)),
    async body(fetchId) {
      const path = await sessionBodyPath(sql, { scanId, fetchId });
      return path === null ? new Uint8Array() : (await bodies.get(path)).subarray(0, MAX_PLUGIN_BODY_BYTES);
    },
  };
}
