import { headerValues } from "@picket/core";
import { type FetchView, fetchText } from "@picket/plugin-sdk";
import { type HtmlElement, readHtml } from "@picket/plugin-sdk/html";

/** A page as its checks read it. */
export interface Document {
  readonly url: URL;
  readonly html: string;
  readonly elements: readonly HtmlElement[];
  /** The texts of its style elements. */
  readonly styles: readonly string[];
  /** What the page's own policy says of plain HTTP addresses. */
  readonly upgradesInsecure: boolean;
  /** Absolute; null for what is no address, or one that loads nothing over the network. */
  resolve(reference: string | undefined): URL | null;
}

const LOCAL = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** What never leaves the machine counts as secure in browsers (Secure Contexts, potentially trustworthy origins). */
export function isLocal({ hostname }: URL): boolean {
  return LOCAL.test(hostname);
}

function tryUrl(reference: string, base: string): URL | null {
  if (!URL.canParse(reference, base)) return null;
  const url = new URL(reference, base);
  return url.protocol === "http:" || url.protocol === "https:" ? url : null;
}

function upgradesInsecure(elements: readonly HtmlElement[], fetch: FetchView): boolean {
  const inMeta = elements.flatMap(({ name, attributes }) =>
    name === "meta" && attributes["http-equiv"]?.toLowerCase() === "content-security-policy"
      ? [attributes.content ?? ""]
      : [],
  );
  const policies = [...headerValues(fetch.responseHeaders, "content-security-policy"), ...inMeta];
  return policies.some((policy) => /(?:^|[;,])\s{0,20}upgrade-insecure-requests\b/i.test(policy));
}

export async function readDocument(fetch: FetchView): Promise<Document> {
  const html = await fetchText(fetch);
  const { elements, texts } = readHtml(html);
  const base = elements.find(({ name, attributes }) => name === "base" && attributes.href !== undefined);
  const root = tryUrl(base?.attributes.href ?? "", fetch.url)?.href ?? fetch.url;
  return {
    url: new URL(fetch.url),
    html,
    elements,
    styles: texts.filter(({ within }) => within.at(-1) === "style").map(({ text }) => text),
    upgradesInsecure: upgradesInsecure(elements, fetch),
    resolve: (reference) => (reference === undefined ? null : tryUrl(reference.trim(), root)),
  };
}
