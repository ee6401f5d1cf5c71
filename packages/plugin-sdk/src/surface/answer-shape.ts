import { type HttpResponse, headerValues } from "@picket/core";
import { responseText } from "../body-text.ts";
import { readHtml } from "../html/read-html.ts";

/** What changes from page to page without being its content: numbers, tokens. */
const VARYING = /[0-9a-f]{6,64}|\d+|[\w+/=-]{20,256}/gi;

const HEADINGS = new Set(["title", "h1", "h2"]);

/** Kinds of elements, and headings: what a page lists or repeats of what was sent does not count. */
function outlineOf(html: string): string {
  const { elements, texts } = readHtml(html);
  const headings = texts.filter(({ within }) => HEADINGS.has(within.at(-1) ?? ""));
  return JSON.stringify([
    [...new Set(elements.map(({ name }) => name))].sort(),
    headings.map(({ text }) => text.replace(VARYING, "").trim()),
  ]);
}

/**
 * What kind of answer it is, whatever was sent: an error by its status, a redirect by where it leads, a page by its
 * outline. Answers of one shape come from one branch of a program.
 */
export function answerShape(response: HttpResponse): string {
  const { status, headers } = response;
  const [location = ""] = headerValues(headers, "location");
  if (status >= 400) return String(status);
  if (status >= 300) return `${status} ${location.replace(VARYING, "")}`;
  return `${status} ${outlineOf(responseText(response))}`;
}
