import { type HeaderList, headerValues } from "@picket/core";

/** Media type of a response without parameters, lower-case, such as `text/html`; null when it names none. */
export function mediaType(headers: HeaderList): string | null {
  const [value] = headerValues(headers, "content-type");
  return value?.split(";")[0]?.trim().toLowerCase() || null;
}

/** The media types of pages. */
export const HTML_TYPES = ["text/html", "application/xhtml+xml"] as const;

export function isHtmlType(type: string | null): boolean {
  return HTML_TYPES.some((known) => known === type);
}

/** The media types of scripts that servers still use. */
export const SCRIPT_TYPES = [
  "text/javascript",
  "application/javascript",
  "application/x-javascript",
  "text/ecmascript",
  "application/ecmascript",
] as const;

export function isScriptType(type: string | null): boolean {
  return SCRIPT_TYPES.some((known) => known === type);
}
