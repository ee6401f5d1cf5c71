import type { HeaderList, HttpResponse } from "@picket/core";

export interface TestAnswer {
  body: string;
  /** Default 200. */
  status?: number;
  /** Default: `text/html` in UTF-8. Names in lower case. */
  headers?: HeaderList;
  /** Default 1. */
  elapsedMs?: number;
}

/** A response as the broker gives it, for what judges responses without a target. */
export function testHttpResponse({ body, status = 200, headers, elapsedMs = 1 }: TestAnswer): HttpResponse {
  return {
    ok: true,
    fetchId: "00000000-0000-7000-8000-000000000001",
    url: "http://app.test/",
    status,
    headers: headers ?? [["content-type", "text/html; charset=utf-8"]],
    body: new TextEncoder().encode(body),
    truncated: false,
    elapsedMs,
    via: [],
  };
}
