import {
  AppError,
  decideUrl,
  headerValues,
  MAX_PLUGIN_BODY_BYTES,
  type ScopePolicy,
  type Stage,
  tryParseWebUrl,
} from "@picket/core";
import {
  type SessionPage,
  type Sql,
  sessionBodyPath,
  sessionComponents,
  sessionEndpoints,
  sessionFetches,
  sessionGonePlaces,
  sessionKnownPlaces,
} from "@picket/db";
import type { Page, PageRequest, SessionPort } from "@picket/plugin-sdk";
import type { BodyStore } from "@picket/storage";
import { z } from "zod";
import type { CoverageBook } from "./coverage-book.ts";

function isGone(status: number): boolean {
  return status === 404 || status === 410;
}

const Cursor = z.uuid().nullable();

interface SessionDeps {
  sql: Sql;
  bodies: Pick<BodyStore, "get">;
  scope: ScopePolicy;
  book: Pick<CoverageBook, "look">;
  stage: Stage;
}

/** Stages whose plugins judge what is recorded; those of the others judge the answers to their own requests. */
const JUDGES_RECORDS: ReadonlySet<Stage> = new Set(["inspect", "correlate"]);

/**
 * What earlier stages of the scan have recorded, as plugins may read it. A cursor is the id of a page's last record. An exchange of
 * Picket's own counts as a look at the place when the plugin judges what it is handed, or the page is gone; a page that
 * is gone does so too when it asks for some media types only. A known place that is out of scope by now counts as one
 * that was refused.
 */
export function createSessionPort(
  { sql, bodies, scope, book, stage }: SessionDeps,
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
  const isInScope = ({ url }: { url: string }) => {
    const parsed = tryParseWebUrl(url);
    return parsed !== null && decideUrl(parsed, scope).allowed;
  };
  return {
    endpoints: (page) => pageOf(page, (at) => sessionEndpoints(sql, { ...at, stage })),
    async fetches(page, filter) {
      const found = await pageOf(page, (at) => sessionFetches(sql, { ...at, stage }, filter));
      for (const { method, url, status, responseHeaders, source, authentication, startedAt } of found.items) {
        const [location] = headerValues(responseHeaders, "location");
        if (source === "broker" && (JUDGES_RECORDS.has(stage) || isGone(status)))
          book.look({ method, url, authenticated: authentication, at: startedAt }, { status, location });
      }
      if (filter.contentTypes && found.next === null)
        for (const gone of await sessionGonePlaces(sql, scanId))
          book.look({ ...gone, at: gone.startedAt }, gone);
      return { ...found, items: found.items.map(({ startedAt: _, ...fetch }) => fetch) };
    },
    async known(page) {
      const { items, next } = await pageOf(page, (at) => sessionKnownPlaces(sql, at));
      const [open, closed] = [items.filter(isInScope), items.filter((place) => !isInScope(place))];
      for (const place of closed) book.look(place, { failure: "out_of_scope" });
      return { items: open, next };
    },
    components: (page) => pageOf(page, (at) => sessionComponents(sql, at)),
    async body(fetchId) {
      const path = await sessionBodyPath(sql, { scanId, fetchId });
      return path === null ? new Uint8Array() : (await bodies.get(path)).subarray(0, MAX_PLUGIN_BODY_BYTES);
    },
  };
}
