import { isShown, readHtml } from "@picket/plugin-sdk/html";
import type { Place } from "./detect.ts";

const SCRIPT_TYPE = /javascript|ecmascript/;
const HTML_TYPE = /^(?:text\/html|application\/xhtml\+xml)$/;
const PROSE_TYPE = /^text\/(?:markdown|x-markdown|x-rst)$/;

/** Tells for each index of a body whether it stands in a script, in text that a visitor reads, or in other data. */
export function placesOf(body: string, contentType: string | null): (index: number) => Place {
  const type = contentType ?? "";
  if (SCRIPT_TYPE.test(type)) return () => "script";
  if (PROSE_TYPE.test(type)) return () => "prose";
  if (!HTML_TYPE.test(type)) return () => "data";
  const shown = readHtml(body).texts.filter(isShown);
  return (index) => (shown.some(({ start, end }) => index >= start && index < end) ? "prose" : "data");
}
