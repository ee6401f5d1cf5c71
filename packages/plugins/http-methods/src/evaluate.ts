import { type HttpResponse, headerValues } from "@picket/core";
import { bodyText } from "@picket/plugin-sdk";
import type { ClaimType } from "./claims.ts";

/** Upper-case methods that an answer to OPTIONS lists in `Allow`; CORS' own list is another matter. */
export function allowedMethods({ headers }: HttpResponse): Set<string> {
  const lists = headerValues(headers, "allow").flatMap((value) => value.split(","));
  return new Set(lists.map((method) => method.trim().toUpperCase()).filter((method) => method !== ""));
}

const WRITING = ["PUT", "DELETE"];

/** What the answer to OPTIONS says, given the one to a path that does not exist; null: nothing worth reporting. */
export function offeredBy(page: HttpResponse, nowhere: HttpResponse): ClaimType | null {
  const allowed = allowedMethods(page);
  const isDav = headerValues(page.headers, "dav").length > 0 && allowed.has("PROPFIND");
  if (isDav && page.status < 300) return "webdav-enabled";
  const elsewhere = allowedMethods(nowhere);
  const isOwn = WRITING.some((method) => allowed.has(method) && !elsewhere.has(method));
  return isOwn && page.status < 300 ? "write-methods-offered" : null;
}

/** The request line and the marked header, echoed as the body of an answer (RFC 9110 §9.3.8); null: no echo. */
export function traceEcho(
  { status, body, headers }: HttpResponse,
  header: string,
  marker: string,
): string | null {
  const [type = ""] = headerValues(headers, "content-type");
  const lines = bodyText(body).split(/\r?\n/);
  const isTrace = status === 200 && (lines[0] ?? "").startsWith("TRACE ") && !/html/i.test(type);
  const echoed = lines.find((line) => line.toLowerCase() === `${header}: ${marker}`);
  return isTrace && echoed !== undefined ? `${lines[0]}\n${echoed}` : null;
}
