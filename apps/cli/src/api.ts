import { loadCliConfig } from "@picket/config";
import { AppError, pageOf } from "@picket/core";
import { createServiceClient, type ServiceClient } from "@picket/http";
import type { z } from "zod";

type Query = Record<string, string | number | boolean>;

/** The platform's HTTP API, with answers checked against the schemas it documents. */
export interface Api {
  url: string;
  get<T>(path: string, schema: z.ZodType<T>, query?: Query): Promise<T>;
  send<T>(
    method: "POST" | "PATCH" | "DELETE",
    path: string,
    schema: z.ZodType<T>,
    body?: unknown,
  ): Promise<T>;
  /** Every item of a list, page by page, `most` at the most. */
  list<Item extends z.ZodType>(path: string, item: Item, options?: ListOptions): Promise<z.infer<Item>[]>;
  events: ServiceClient["events"];
}

export interface ListOptions {
  query?: Query;
  /** Default 1,000. */
  most?: number;
}

const PAGE = 200;
/** Long enough to verify an audit log of a million events in one answer. */
const TIMEOUT_MS = 60_000;

/** Throws UNAUTHENTICATED with what to do when no token is set. */
export function openApi(): Api {
  const { apiUrl, apiToken } = loadCliConfig();
  if (!apiToken) {
    throw new AppError("UNAUTHENTICATED", "there is no token for the API", {
      hint: "Set API_TOKEN. `npm start` shows the first one; an admin makes others: POST /tokens.",
    });
  }
  return apiOf(apiUrl, createServiceClient({ baseUrl: apiUrl, token: apiToken, timeoutMs: TIMEOUT_MS }));
}

function apiOf(url: string, client: ServiceClient): Api {
  return {
    url,
    events: client.events,
    get: (path, schema, query) => client.call("GET", path, { schema, ...(query && { query }) }),
    send: (method, path, schema, body) =>
      client.call(method, path, { schema, ...(body !== undefined && { body }) }),
    list: (path, item, options) => list(client, path, item, options),
  };
}

async function list<Item extends z.ZodType>(
  client: ServiceClient,
  path: string,
  item: Item,
  { query = {}, most = 1_000 }: ListOptions = {},
): Promise<z.infer<Item>[]> {
  const items: z.infer<Item>[] = [];
  let cursor: string | null = null;
  do {
    const paging: Query = { limit: Math.min(PAGE, most - items.length), ...(cursor !== null && { cursor }) };
    const page: { items: z.infer<Item>[]; next: string | null } = await client.call("GET", path, {
      schema: pageOf(item),
      query: { ...query, ...paging },
    });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && items.length < most);
  return items;
}
