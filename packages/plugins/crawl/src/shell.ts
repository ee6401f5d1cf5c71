import type { HttpResult } from "@picket/plugin-sdk";
import { headerValues, responseText } from "@picket/plugin-sdk";

/** What changes from page to page without being its content: numbers, tokens. */
const VARYING = /[0-9a-f]{6,64}|\d+|[\w+/=-]{20,256}/gi;

/** What an answer is but for what varies: status, where it leads, and its text. */
function gist(response: Extract<HttpResult, { ok: true }>): string {
  const [location = ""] = headerValues(response.headers, "location");
  const { pathname } = new URL(response.url);
  const text = responseText(response).replaceAll(pathname, "").replace(VARYING, "");
  return JSON.stringify([response.status, location.split("?")[0]?.replaceAll(pathname, ""), text]);
}

/** Whether an answer shows a place: it is none that the target gives for a path that is not there. */
export function isThere(response: HttpResult, absent: HttpResult): boolean {
  if (!response.ok || response.status === 404 || response.status === 410) return false;
  return !absent.ok || gist(response) !== gist(absent);
}
