import type { EndpointParameter, EndpointSource, HeaderList } from "@picket/core";

/** An endpoint that the scan's target is known to have. */
export interface EndpointView {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  /** The path's template, such as `/product/{id}`. */
  readonly route: string;
  readonly parameters: readonly EndpointParameter[];
  readonly source: EndpointSource;
  /** The page whose form or script named it; secrets in it are masked. */
  readonly foundAt?: string | null | undefined;
}

/** One recorded exchange that got a response. */
export interface FetchRecord {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly requestHeaders: HeaderList;
  readonly responseHeaders: HeaderList;
  /** Lower-case media type without parameters, such as `text/html`; null when the response names none. */
  readonly contentType: string | null;
  /** True when the target sent more than was kept. */
  readonly truncated: boolean;
  /** Whether it carried the session of the scan's auth profile, and that lived; absent: not known. */
  readonly authentication?: "anonymous" | "authenticated" | "auth_lost" | undefined;
  /** `broker`: Picket made the request itself; `plugin`: reported by a plugin's fetch event. */
  readonly source: "broker" | "plugin";
}

export interface FetchView extends FetchRecord {
  /** Decoded body, at most `MAX_PLUGIN_BODY_BYTES`; empty when none was kept. */
  body(): Promise<Uint8Array>;
}

/** A product detected earlier in the scan. */
export interface ComponentView {
  readonly id: string;
  readonly name: string;
  readonly version: string | null;
  readonly cpe: string | null;
  /** 0–100. */
  readonly confidence: number;
}

/** A known place of the target: where an open finding shows, an endpoint of the baseline, or one that was imported. */
export interface KnownPlace {
  readonly id: string;
  readonly method: string;
  /** Absolute; secrets in it are masked. */
  readonly url: string;
}

/** Only exchanges that match every given field. */
export interface FetchFilter {
  /** Upper-case. */
  readonly method?: string | undefined;
  /** Lower-case media types without parameters; any of them matches. */
  readonly contentTypes?: readonly string[] | undefined;
  readonly source?: "broker" | "plugin" | undefined;
}

/**
 * What earlier stages of the scan have recorded, oldest first, read page by page: never all in memory. What a run itself
 * or those beside it record is not among it, so that no result depends on their order.
 */
export interface SessionReader {
  endpoints(): AsyncIterable<EndpointView>;
  fetches(filter?: FetchFilter): AsyncIterable<FetchView>;
  components(): AsyncIterable<ComponentView>;
  /** In scope, in no order; one place may come more than once. */
  known(): AsyncIterable<KnownPlace>;
}

/** `cursor` is null for the first page, then the `next` of the page before. */
export interface PageRequest {
  readonly cursor: string | null;
  readonly limit: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Null on the last page. */
  readonly next: string | null;
}

/** Where the pages come from: the worker's database, or memory. */
export interface SessionPort {
  endpoints(page: PageRequest): Promise<Page<EndpointView>>;
  fetches(page: PageRequest, filter: FetchFilter): Promise<Page<FetchRecord>>;
  components(page: PageRequest): Promise<Page<ComponentView>>;
  known(page: PageRequest): Promise<Page<KnownPlace>>;
  /** At most `MAX_PLUGIN_BODY_BYTES`; empty when the fetch kept no body or does not belong to this scan. */
  body(fetchId: string): Promise<Uint8Array>;
}

/** Records that one page asks for. */
const SESSION_PAGE_SIZE = 50;

async function* readAll<Item>(load: (page: PageRequest) => Promise<Page<Item>>): AsyncGenerator<Item> {
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await load({ cursor, limit: SESSION_PAGE_SIZE });
    yield* page.items;
    cursor = page.next;
  } while (cursor !== null);
}

/** The plugin's view of a session port. */
export function createSessionReader(port: SessionPort): SessionReader {
  return {
    endpoints: () => readAll((page) => port.endpoints(page)),
    components: () => readAll((page) => port.components(page)),
    known: () => readAll((page) => port.known(page)),
    async *fetches(filter = {}) {
      for await (const record of readAll((page) => port.fetches(page, filter))) {
        yield { ...record, body: () => port.body(record.id) };
      }
    },
  };
}
