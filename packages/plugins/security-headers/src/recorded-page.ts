import { type HeaderList, parseWebUrl, type WebUrl } from "@picket/core";
import { type FetchView, fetchText, isHtmlType } from "@picket/plugin-sdk";
import { readHtml } from "@picket/plugin-sdk/html";

/** A response as the checks see it. */
export interface RecordedPage {
  readonly url: WebUrl;
  readonly status: number;
  readonly headers: HeaderList;
  readonly isHtml: boolean;
  /** What `<meta>` elements state; null when the document's body was not kept. */
  readonly meta: MetaPolicies | null;
  /** Scripts with an address, as written. */
  readonly scripts: readonly PageScript[];
}

export interface PageScript {
  readonly src: string;
  readonly integrity: string | undefined;
}

export interface MetaPolicies {
  readonly csp: readonly string[];
  readonly referrer: readonly string[];
}

/** Policies that a document states of itself, and the scripts that it loads. */
function readDocument(html: string): Pick<RecordedPage, "meta" | "scripts"> {
  const { elements } = readHtml(html);
  const metas = elements.filter(({ name }) => name === "meta").map(({ attributes }) => attributes);
  return {
    meta: {
      csp: metas
        .filter((meta) => meta["http-equiv"]?.toLowerCase() === "content-security-policy")
        .map(({ content = "" }) => content),
      referrer: metas
        .filter(({ name }) => name?.toLowerCase() === "referrer")
        .map(({ content = "" }) => content),
    },
    scripts: elements.flatMap(({ name, attributes: { src, integrity } }) =>
      name === "script" && src !== undefined ? [{ src, integrity }] : [],
    ),
  };
}

const NO_DOCUMENT = { meta: null, scripts: [] };

async function documentOf(fetch: FetchView): Promise<Pick<RecordedPage, "meta" | "scripts">> {
  const html = await fetchText(fetch);
  return html === "" ? NO_DOCUMENT : readDocument(html);
}

export async function recordedPage(fetch: FetchView): Promise<RecordedPage> {
  const { status, responseHeaders: headers, contentType } = fetch;
  const isHtml = isHtmlType(contentType);
  const document = isHtml ? await documentOf(fetch) : NO_DOCUMENT;
  return { url: parseWebUrl(fetch.url), status, headers, isHtml, ...document };
}
