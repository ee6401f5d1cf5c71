import { headerValues } from "@picket/core";
import { type FetchView, fetchText, isHtmlType, isScriptType } from "@picket/plugin-sdk";
import { Parser } from "htmlparser2";
import type { Shown } from "./detect.ts";

/** What a document says of what made it and what it loads. */
function documentHints(html: string): Pick<Shown, "generators" | "errorHeadings" | "scriptUrls"> {
  const generators: string[] = [];
  const errorHeadings: string[] = [];
  let isHeading = false;
  const scriptUrls: string[] = [];
  const parser = new Parser({
    onopentag(tag, { name = "", content = "", src = "" }) {
      isHeading = tag === "h3";
      if (tag === "meta" && name.toLowerCase() === "generator") generators.push(content.trim());
      if (tag === "script" && src !== "") scriptUrls.push(src.trim());
    },
    ontext(text) {
      if (isHeading) errorHeadings.push(text.trim());
    },
  });
  parser.end(html);
  return { generators, errorHeadings, scriptUrls };
}

function cookieNames({ responseHeaders }: FetchView): string[] {
  return headerValues(responseHeaders, "set-cookie").map((header) => header.split(/[=;]/)[0]?.trim() ?? "");
}

/** What a recorded response shows; its body is read only where a rule looks at it. */
export async function shownBy(fetch: FetchView): Promise<Shown> {
  const { responseHeaders: headers, contentType } = fetch;
  const isHtml = isHtmlType(contentType);
  const isScript = isScriptType(contentType);
  const text = isHtml || isScript ? await fetchText(fetch) : "";
  const hints = documentHints(isHtml ? text : "");
  const errorHeadings = fetch.status < 400 ? [] : hints.errorHeadings;
  const scriptText = isScript ? text : null;
  return { ...hints, headers, cookieNames: cookieNames(fetch), scriptText, errorHeadings };
}
