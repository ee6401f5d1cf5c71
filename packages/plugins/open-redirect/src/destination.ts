import { type HttpResponse, headerValues } from "@picket/core";
import { isHtmlType, mediaType, responseText } from "@picket/plugin-sdk";
import { Parser } from "htmlparser2";

/** Where an answer sends the browser without being asked. */
export interface Destination {
  readonly by: "location" | "refresh" | "meta refresh" | "script";
  /** As written. */
  readonly text: string;
  /** As a browser resolves it. */
  readonly url: URL;
}

/** `0; url=/next` → `/next`. */
function refreshUrl(content: string): string | undefined {
  return /^[\s\d.,;]{0,40}url\s{0,20}=\s{0,20}["']?([^"']{1,4096})/i.exec(content)?.[1]?.trim();
}

/** A literal that a script assigns to the location, in code that a line comment does not hide. */
const ASSIGNMENT =
  /^[^\n/]{0,200}?\blocation(?:\.href)?\s{0,20}(?:=\s{0,20}|\.(?:replace|assign)\(\s{0,20})(?:"([^"\n]{1,2000})"|'([^'\n]{1,2000})')/m;

/** Escapes of script strings that change what an address is. */
function unescaped(literal: string): string {
  return literal
    .replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4}))/gi, (_all, byte?: string, unit?: string) =>
      String.fromCharCode(Number.parseInt(byte ?? unit ?? "", 16)),
    )
    .replace(/\\(.)/g, "$1");
}

function inPage(html: string): { by: Destination["by"]; text: string }[] {
  const found: { by: Destination["by"]; text: string }[] = [];
  let script: string | null = null;
  const parser = new Parser({
    onopentag(tag, attributes) {
      if (tag === "script" && !attributes.src) script = "";
      if (tag !== "meta" || attributes["http-equiv"]?.toLowerCase() !== "refresh") return;
      const text = refreshUrl(attributes.content ?? "");
      if (text) found.push({ by: "meta refresh", text });
    },
    ontext(text) {
      if (script !== null) script += text;
    },
    onclosetag(tag) {
      const match = tag === "script" && script !== null ? ASSIGNMENT.exec(script) : null;
      if (match) found.push({ by: "script", text: unescaped(match[1] ?? match[2] ?? "") });
      if (tag === "script") script = null;
    },
  });
  parser.end(html);
  return found;
}

/** All ways in which the answer sends the browser on. A link that waits for a click is none. */
export function destinationsOf(response: HttpResponse): Destination[] {
  const { status, headers, url } = response;
  const isRedirect = status >= 300 && status < 400;
  const isPage = isHtmlType(mediaType(headers)) && !isRedirect;
  const found = [
    ...(isRedirect ? headerValues(headers, "location") : []).map((text) => ({
      by: "location" as const,
      text,
    })),
    ...headerValues(headers, "refresh").flatMap((value) => {
      const text = refreshUrl(value);
      return text ? [{ by: "refresh" as const, text }] : [];
    }),
    ...(isPage ? inPage(responseText(response)) : []),
  ];
  return found.flatMap(({ by, text }) => {
    const parsed = URL.parse(text, url);
    return parsed ? [{ by, text, url: parsed }] : [];
  });
}

/** The first destination at that host. */
export function destinationAt(host: string, response: HttpResponse): Destination | undefined {
  return destinationsOf(response).find(({ url }) => url.hostname === host);
}
