import { type HeaderList, headerValues } from "@picket/core";
import type { FetchView } from "./session.ts";

function charsetOf(contentType: string): string {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1] ?? "utf-8";
}

function decoderFor(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    // An unknown label: browsers would sniff, UTF-8 is what the web mostly is.
    return new TextDecoder();
  }
}

/** Byte order marks, which overrule what the header says (WHATWG Encoding, BOM sniff). */
const MARKS = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
] as const;

function markedCharset(bytes: Uint8Array): string | undefined {
  return MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte))?.[0];
}

/**
 * A body as text, by its byte order mark, else by the charset of its `Content-Type` header (WHATWG Encoding labels,
 * default UTF-8). Bytes that do not decode become U+FFFD; it never throws.
 */
export function bodyText(bytes: Uint8Array, contentType = ""): string {
  return decoderFor(markedCharset(bytes) ?? charsetOf(contentType)).decode(bytes);
}

/** The body of a response as text, by what its headers say of it. */
export function responseText({ headers, body }: { headers: HeaderList; body: Uint8Array }): string {
  return bodyText(body, headerValues(headers, "content-type")[0]);
}

/** The kept body of a recorded exchange as text. */
export async function fetchText(fetch: Pick<FetchView, "responseHeaders" | "body">): Promise<string> {
  return responseText({ headers: fetch.responseHeaders, body: await fetch.body() });
}
