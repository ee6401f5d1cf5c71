import {
  canonicalJson,
  type FetchEvent,
  type HeaderList,
  headerValues,
  type StorageMode,
} from "@picket/core";
import { type NewFetch, uuidOf } from "@picket/db";
import type { FetchRecord } from "@picket/http";
import {
  type BodyPreparer,
  type BodyRecord,
  type BodyStore,
  type RedactionPolicy,
  redactHeaders,
  redactUrl,
  storeBody,
  withoutForgedMarks,
} from "@picket/storage";
import { recallKey } from "../scan/recall.ts";

export interface FetchKeeping {
  bodies: BodyStore;
  preparer: BodyPreparer;
  redaction: RedactionPolicy;
  /** For exchanges that do not say. */
  storageMode: StorageMode;
}

const NOTHING = new Uint8Array();

/** As `redactHeaders`, of what a target sent. */
function receivedHeaders(headers: HeaderList, redaction: RedactionPolicy): HeaderList {
  return redactHeaders(
    headers.map(([name, value]) => [name, withoutForgedMarks(value)]),
    redaction,
  );
}

/** The row of an exchange that the broker made; its body is stored before the row is returned. */
export async function brokerFetch(keeping: FetchKeeping, record: FetchRecord): Promise<NewFetch> {
  const { redaction } = keeping;
  const headers = record.responseHeaders ?? [];
  const { tls, remoteAddress, failureDetail, undecoded } = record;
  const { columns, isVerbatim } = await bodyColumns(keeping, record.body ?? NOTHING, {
    headers,
    storage: record.storage,
    truncated: record.truncated,
  });
  const url = redactUrl(record.url, redaction);
  const requestHeaders = redactHeaders(record.requestHeaders, redaction);
  const responseHeaders = receivedHeaders(headers, redaction);
  const key = recallKey(record, { url, requestHeaders, responseHeaders, isBodyVerbatim: isVerbatim });
  return {
    id: record.id,
    origin: "broker",
    authenticated: record.authenticated === true,
    method: record.method,
    url,
    request: { headers: requestHeaders, bodySize: record.requestBody?.length ?? 0 },
    status: record.status ?? null,
    failure: record.failure ?? null,
    responseMeta: {
      headers: responseHeaders,
      contentType: mediaType(headers),
      httpVersion: record.httpVersion,
      elapsedMs: Math.round(record.elapsedMs),
      ...(remoteAddress && { remoteAddress }),
      ...(record.role && { role: record.role }),
      ...(tls && { tls }),
      ...(failureDetail && { failureDetail }),
      ...(undecoded && { undecoded }),
      ...(key && { recallKey: key }),
    },
    redirectedFromId: record.redirectedFrom ?? null,
    startedAt: record.startedAt,
    ...columns,
  };
}

/** The row of an exchange that a plugin reported. The same report of the same run is the same exchange. */
export async function reportedFetch(
  keeping: FetchKeeping,
  moduleRunId: string,
  event: FetchEvent,
): Promise<NewFetch> {
  const { redaction } = keeping;
  const { body = NOTHING, storage, ...facts } = event;
  const { columns } = await bodyColumns(keeping, body, {
    headers: event.responseHeaders,
    storage,
    truncated: false,
  });
  return {
    id: uuidOf(canonicalJson({ moduleRunId, ...facts, bodyHash: columns.bodyHash, size: body.length })),
    origin: "plugin",
    method: event.method,
    url: redactUrl(event.url, redaction),
    request: { headers: redactHeaders(event.requestHeaders, redaction), bodySize: 0 },
    status: event.status,
    failure: null,
    responseMeta: {
      headers: receivedHeaders(event.responseHeaders, redaction),
      contentType: mediaType(event.responseHeaders),
    },
    redirectedFromId: null,
    startedAt: new Date(),
    ...columns,
  };
}

type BodyColumns = Pick<
  NewFetch,
  "storageMode" | "bodyPath" | "bodyHash" | "bodySize" | "redactionVersion" | "truncated" | "storageReason"
>;

async function bodyColumns(
  { redaction, storageMode, ...keeping }: FetchKeeping,
  body: Uint8Array,
  about: { headers: HeaderList; storage: StorageMode | undefined; truncated: boolean },
): Promise<{ columns: BodyColumns } & Pick<BodyRecord, "isVerbatim">> {
  const { size, reason, isVerbatim, ...stored } = await storeBody(keeping, body, {
    mode: about.storage ?? storageMode,
    contentType: headerValues(about.headers, "content-type")[0] ?? null,
    redaction,
    alreadyTruncated: about.truncated,
  });
  return { columns: { ...stored, bodySize: size, storageReason: reason }, isVerbatim };
}

/** Lower-case, without parameters; null when the response names none. */
function mediaType(headers: HeaderList): string | null {
  const [value = ""] = headerValues(headers, "content-type");
  return value.split(";", 1)[0]?.trim().toLowerCase() || null;
}
