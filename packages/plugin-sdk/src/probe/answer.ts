import { type HttpResponse, type HttpResult, headerValues } from "@picket/core";
import { responseText } from "../body-text.ts";
import { isHtmlType, mediaType } from "../media-type.ts";

/** Puts a value where it is tested and sends the request. */
export type Send = (value: string) => Promise<HttpResult>;

/** A response with its body as text. */
export interface Answer {
  readonly response: HttpResponse;
  readonly text: string;
  /** Lower-case, without parameters; null: not said. */
  readonly type: string | null;
}

export function answerOf(response: HttpResponse): Answer {
  return { response, text: responseText(response), type: mediaType(response.headers) };
}

/** Null: the target did not answer. */
export async function ask(send: Send, value: string): Promise<Answer | null> {
  const result = await send(value);
  return result.ok ? answerOf(result) : null;
}

const HTML_START = /^\s*<(?:!doctype html|html|head|body|!--|h1|div|table|p|a|script|title|b|br)[\s>]/i;

/**
 * True when a browser that is led to the response shows it as HTML: by its type, or where it has none, by how it starts
 * (WHATWG MIME sniffing), unless `nosniff` forbids guessing. What is to be saved as a file is not shown, and neither is
 * what comes with a redirect.
 */
export function isShownAsHtml({ response: { headers, status }, text, type }: Answer): boolean {
  if (status >= 300 && status < 400 && headerValues(headers, "location").length > 0) return false;
  const has = (name: string, pattern: RegExp) =>
    headerValues(headers, name).some((value) => pattern.test(value));
  if (has("content-disposition", /^\s*attachment\b/i)) return false;
  if (type !== null) return isHtmlType(type);
  return HTML_START.test(text) && !has("x-content-type-options", /\bnosniff\b/i);
}

const SNIPPET_BEFORE = 80;
const SNIPPET_LENGTH = 400;

/** What surrounds an offset of a text, on one stretch: enough to see a proof in its place. */
export function snippetAt(text: string, offset: number): string {
  const start = Math.max(0, offset - SNIPPET_BEFORE);
  return text.slice(start, start + SNIPPET_LENGTH);
}

/** Offset in bytes of a character of a UTF-8 text, as evidence names it. */
export function byteOffset(text: string, offset: number): number {
  return new TextEncoder().encode(text.slice(0, offset)).length;
}
