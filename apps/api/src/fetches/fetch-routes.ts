import { AppError, FetchDetail, FetchFilter, FetchResource } from "@picket/core";
import { type FetchBody, findFetch, findFetchBody, listFetches } from "@picket/db";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "fetches";

/** A target's content never runs or renders as ours: it is saved, as plain text or bytes, in a sandbox. */
function downloadHeaders(id: string, contentType: string | null): Record<string, string> {
  const isText = /^(text\/|application\/(json|xml|javascript|[\w.-]+\+(json|xml)))/i.test(contentType ?? "");
  return {
    "Content-Type": isText ? "text/plain; charset=utf-8" : "application/octet-stream",
    "Content-Disposition": `attachment; filename="${id}.${isText ? "txt" : "bin"}"`,
    "Content-Security-Policy": "sandbox; default-src 'none'",
  };
}

function notStored({ storageMode, storageReason }: FetchBody): AppError {
  return new AppError("NOT_FOUND", "no body of this fetch is stored", {
    hint: `Storage mode: ${storageMode}${storageReason === null ? "" : `; ${storageReason}`}.`,
  });
}

export const FETCH_ROUTES: readonly Route[] = [
  listRoute({
    id: "listFetches",
    path: "/fetches",
    role: "viewer",
    tag,
    summary: "List the requests of a scan, in their order",
    filter: FetchFilter,
    item: FetchResource,
    list: (sql, { filter }, page) => listFetches(sql, filter, page),
  }),
  defineRoute({
    id: "getFetch",
    method: "get",
    path: "/fetches/:id",
    role: "viewer",
    tag,
    summary: "Get a request and its response, without the body",
    request: { params: IdParams },
    responses: { 200: FetchDetail },
    async handle({ params: { id }, database }) {
      const fetch = await findFetch(database.sql, id);
      if (!fetch) throw new AppError("NOT_FOUND", `there is no fetch ${id}`);
      return { status: 200, body: fetch };
    },
  }),
  defineRoute({
    id: "getFetchBody",
    method: "get",
    path: "/fetches/:id/body",
    role: "viewer",
    tag,
    summary: "Download the stored body, redacted and possibly sampled",
    request: { params: IdParams },
    responses: {
      200: { contentType: "application/octet-stream", description: "An attachment: plain text, or bytes." },
    },
    async handle({ params: { id }, database, services }) {
      const stored = await findFetchBody(database.sql, id);
      if (!stored) throw new AppError("NOT_FOUND", `there is no fetch ${id}`);
      if (stored.bodyPath === null) throw notStored(stored);
      const bytes = await services.bodies.get(stored.bodyPath);
      return {
        status: 200,
        headers: downloadHeaders(id, stored.contentType),
        send: (response) => void response.end(bytes),
      };
    },
  }),
];
