import type { BodyStore } from "./body-store.ts";

export interface OrphanSweep {
  /** Bodies put at or after this moment are left alone: their row may still be on its way. 24 h ago is a good choice. */
  olderThan: Date;
  /** Which of these paths a row names. */
  findReferenced(paths: readonly string[]): Promise<ReadonlySet<string>>;
  signal?: AbortSignal;
}

/** Deletes old bodies that no row names: left over from writes whose row never came, and from deleted scans. */
export async function sweepOrphans(
  store: BodyStore,
  sweep: OrphanSweep,
): Promise<{ seen: number; deleted: number }> {
  const result = { seen: 0, deleted: 0 };
  let cursor: string | null = null;
  do {
    sweep.signal?.throwIfAborted();
    const page = await store.list("sha256/", cursor ?? undefined);
    cursor = page.cursor;
    result.seen += page.bodies.length;
    const old = page.bodies.filter(({ modifiedAt }) => modifiedAt < sweep.olderThan).map(({ path }) => path);
    const referenced = old.length > 0 ? await sweep.findReferenced(old) : new Set();
    for (const path of old.filter((candidate) => !referenced.has(candidate))) {
      if (await store.delete(path, sweep.olderThan)) result.deleted++;
    }
  } while (cursor !== null);
  return result;
}
