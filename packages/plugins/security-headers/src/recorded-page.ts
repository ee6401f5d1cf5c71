import { type HeaderList, headerValues, parseWebUrl, type WebUrl } from "@picket/core";
import { bodyText, type FetchView } from "@picket/plugin-sdk";
import { Parser } from "htmlparser2";

/** A response as the checks see it. */
export interface RecordedPage {
  readonly url: WebUrl;
  readonly status: number;
  readonly headers: HeaderList;
  readonly isHtml: boolean;
  /** What `<meta>` elements state; null when the document's body was not kept. */
  readonly meta: MetaPolicies | null;
}

export interface MetaPolicies {
  readonly csp: readonly string[];
  readonly referrer: readonly string[];
}

/** Policies that a document states of itself. */
function metaPolicies(html: string): MetaPolicies {
  const csp: string[] = [];
  const referrer: string[] = [];
  const parser = new Parser({
    onopentag(tag, { "http-equiv": equivalent = "", name = "", content = "" }) {
      if (tag !== "meta") return;
      if (equivalent.toLowerCase() === "content-security-policy") csp.push(content);
      if (name.toLowerCase() === "referrer") referrer.push(content);
    },
  });
  parser.end(html);
  return { csp, referrer };
}

function isHtmlType(contentType: string | null): boolean {
  return contentType === "text/html" || contentType === "application/xhtml+xml";
}

async function metaOf(fetch: FetchView): Promise<MetaPolicies | null> {
  const body = await fetch.body();
  if (body.length === 0) return null;
  return metaPolicies(bodyText(body, headerValues(fetch.responseHeaders, "content-type")[0]));
}

export async function recordedPage(fetch: FetchView): Promise<RecordedPage> {
  const { status, responseHeaders: headers, contentType } = fetch;
  const isHtml = isHtmlType(contentType);
  const meta = isHtml ? await metaOf(fetch) : null;
  return { url: parseWebUrl(fetch.url), status, headers, isHtml, meta };
}
