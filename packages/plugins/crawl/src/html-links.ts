import {
  type EndpointSource,
  MAX_URL_LENGTH,
  type Parameter,
  tryParseWebUrl,
  type WebUrl,
} from "@picket/core";
import { Parser } from "htmlparser2";

/** A place that a document names. */
export interface Reference {
  readonly method: string;
  readonly url: WebUrl;
  readonly parameters: readonly Parameter[];
  readonly source: EndpointSource;
  /** False for what only an act of the user requests, such as sending a form. */
  readonly isRequestable: boolean;
}

/** URL attributes that a visitor's browser or click requests. `link` is decided by its `rel`. */
const LINK_ATTRIBUTES: Record<string, string> = { a: "href", area: "href", iframe: "src", frame: "src" };
/** `link` relations that name another document; the rest are style sheets, icons and hints. */
const DOCUMENT_RELATIONS = new Set(["alternate", "canonical", "next", "prev", "start", "help", "search"]);
const FIELD_TAGS = new Set(["input", "select", "textarea", "button"]);
interface RawLink {
  url: string;
  source: EndpointSource;
}

interface RawForm {
  action: string;
  method: string;
  fields: Set<string>;
}

interface RawDocument {
  base: string | null;
  links: RawLink[];
  forms: RawForm[];
}

type Attributes = Record<string, string>;

/** `5; url=/next` → `/next`. @see https://html.spec.whatwg.org/multipage/semantics.html#attr-meta-http-equiv-refresh */
function refreshUrl(content: string): string | null {
  return /^\s*[\d.]+\s*[;,\s]\s*(?:url\s*=\s*)?["']?([^"']+)/i.exec(content)?.[1]?.trim() ?? null;
}

function linkOf(tag: string, attributes: Attributes): RawLink | null {
  if (tag === "meta" && attributes["http-equiv"]?.toLowerCase() === "refresh") {
    const url = refreshUrl(attributes.content ?? "");
    return url === null ? null : { url, source: "redirect" };
  }
  if (tag === "script" && attributes.src) return { url: attributes.src, source: "script" };
  if (tag === "link") {
    const relations = (attributes.rel ?? "").toLowerCase().split(/\s+/);
    const isDocument = relations.some((relation) => DOCUMENT_RELATIONS.has(relation));
    const isStyle = relations.includes("stylesheet");
    return isDocument && !isStyle && attributes.href ? { url: attributes.href, source: "link" } : null;
  }
  const url = attributes[LINK_ATTRIBUTES[tag] ?? ""];
  return url === undefined ? null : { url, source: "link" };
}

function formOf(attributes: Attributes): RawForm {
  const method = attributes.method?.toUpperCase() === "POST" ? "POST" : "GET";
  return { action: attributes.action ?? "", method, fields: new Set() };
}

function addField(form: RawForm | undefined, tag: string, { name = "" }: Attributes): void {
  if (name !== "" && FIELD_TAGS.has(tag)) form?.fields.add(name);
}

function parseDocument(html: string): RawDocument {
  const document: RawDocument = { base: null, links: [], forms: [] };
  let form: RawForm | undefined;
  const parser = new Parser({
    onopentag(tag, attributes) {
      if (tag === "base") document.base ??= attributes.href ?? null;
      if (tag === "form") {
        form = formOf(attributes);
        document.forms.push(form);
      }
      addField(form, tag, attributes);
      const link = linkOf(tag, attributes);
      if (link) document.links.push(link);
    },
    onclosetag(tag) {
      if (tag === "form") form = undefined;
    },
  });
  parser.end(html);
  return document;
}

/** A GET form replaces the query of its action by its fields. */
function formReference({ method, action, fields }: RawForm, base: string): Reference | null {
  const url = tryParseWebUrl(action.trim(), base);
  if (!url) return null;
  const position = method === "GET" ? "query" : "form";
  return {
    method,
    url: method === "GET" ? { ...url, query: "" } : url,
    parameters: [...fields].map((name) => ({ name, in: position })),
    source: "form",
    isRequestable: false,
  };
}

function linkReference({ url: text, source }: RawLink, base: string): Reference | null {
  const url = tryParseWebUrl(text.trim(), base);
  return url && { method: "GET", url, parameters: [], source, isRequestable: true };
}

function baseOf(document: RawDocument, pageUrl: string): string {
  const base = document.base ?? "";
  return base.length <= MAX_URL_LENGTH && URL.canParse(base, pageUrl) ? new URL(base, pageUrl).href : pageUrl;
}

/** Every http(s) place that a document names, in its order: links, frames, scripts, refreshes and forms. */
export function referencesOf(html: string, pageUrl: string): Reference[] {
  const document = parseDocument(html);
  const base = baseOf(document, pageUrl);
  return [
    ...document.links.map((link) => linkReference(link, base)),
    ...document.forms.map((form) => formReference(form, base)),
  ].filter((reference) => reference !== null);
}
