import type {
  ComponentView,
  EndpointView,
  FetchFilter,
  FetchRecord,
  KnownPlace,
  Page,
  PageRequest,
  SessionPort,
} from "./session.ts";

/** A fetch together with the body that was kept. */
export interface RecordedFetch extends FetchRecord {
  readonly body: Uint8Array;
}

export interface SessionContents {
  readonly endpoints?: readonly EndpointView[];
  readonly fetches?: readonly RecordedFetch[];
  readonly components?: readonly ComponentView[];
  readonly known?: readonly KnownPlace[];
}

export interface MemorySession extends SessionPort {
  addFetch(fetch: RecordedFetch): void;
}

function pageOf<Item>(items: readonly Item[], { cursor, limit }: PageRequest): Page<Item> {
  const start = Number(cursor ?? 0);
  const end = start + limit;
  return { items: items.slice(start, end), next: end < items.length ? String(end) : null };
}

function matches(fetch: FetchRecord, { method, contentTypes, source }: FetchFilter): boolean {
  if (method !== undefined && fetch.method !== method) return false;
  if (source !== undefined && fetch.source !== source) return false;
  return contentTypes === undefined || contentTypes.includes(fetch.contentType ?? "");
}

function recordOf({ body, ...record }: RecordedFetch): FetchRecord {
  return record;
}

/** A session held in memory, for tests and for running one plugin without a database. */
export function createMemorySession(contents: SessionContents = {}): MemorySession {
  const fetches = [...(contents.fetches ?? [])];
  return {
    addFetch: (fetch) => void fetches.push(fetch),
    endpoints: async (page) => pageOf(contents.endpoints ?? [], page),
    components: async (page) => pageOf(contents.components ?? [], page),
    known: async (page) => pageOf(contents.known ?? [], page),
    async fetches(page, filter) {
      const matching = fetches.filter((fetch) => matches(fetch, filter));
      return pageOf(matching.map(recordOf), page);
    },
    body: async (id) => fetches.find((fetch) => fetch.id === id)?.body ?? new Uint8Array(),
  };
}
