import {
  type EndpointParameter,
  type EndpointSource,
  MAX_EXAMPLE_LENGTH,
  MAX_URL_LENGTH,
  tryParseWebUrl,
} from "@picket/core";
import { fittingValue, type HtmlForm, kindOf, looksLikeAsset, readForms } from "@picket/plugin-sdk/surface";
import { Parser } from "htmlparser2";
import { loosePlaces } from "./loose-places.ts";
import { places, type Reference } from "./reference.ts";

/** A document's places and scripts. */
export interface PageReferences {
  readonly references: Reference[];
  /** Text of inline scripts and event handlers. */
  readonly scripts: readonly string[];
  /** Text of inline JSON. */
  readonly json: readonly string[];
  /** What relative addresses start from. */
  readonly base: string;
}

type Attributes = Record<string, string>;

/** URL attributes that a visitor's browser or click requests. `link` is decided by its `rel`. */
const LINK_ATTRIBUTES: Record<string, string> = { a: "href", area: "href", iframe: "src", frame: "src" };
/** Attributes of media: mostly files, which are left out; the others are programs, such as `/image.php?id=3`. */
const MEDIA_ATTRIBUTES: Record<string, string> = {
  img: "src",
  source: "src",
  video: "src",
  audio: "src",
  track: "src",
  embed: "src",
  input: "src",
  object: "data",
};
/** `link` relations that name another document; the rest are style sheets, icons and hints. */
const DOCUMENT_RELATIONS = new Set([
  ...[
    "alternate",
    "canonical",
    "next",
    "prev",
    "start",
    "help",
    "search",
    "manifest",
    "service-desc",
    "service-doc",
  ],
]);
const SCRIPT_RELATIONS = new Set(["modulepreload"]);
/** htmx and friends: an attribute for each method. */
const METHOD_ATTRIBUTE = /^(?:data-)?(?:hx|ic)-(get|post|put|patch|delete)(?:-to|-from)?$/;
const PATH_LIKE = /^(?:https?:\/\/|\.{0,2}\/)[\w~.-][^\s"'<>\\]{0,400}$/;
const JSON_TYPE = /json$|^importmap$|^speculationrules$/i;
const TEMPLATE_TYPE = /html|template|handlebars|mustache/i;
/** Event handlers, and the expressions of Vue, Alpine and Angular. */
const IS_CODE = /^(?:on[a-z]|[:@[(]|v-|x-|ng-)/;
/** Attributes that name no page: where forms send, and what is read elsewhere. */
const NO_PAGE = /^(?:action|formaction|ping|srcset|srcdoc|style|class|id|integrity|nonce|xmlns.*|on.*)$/;
/** Relations of `link` to files, hosts and forms of the site itself. */
const NO_DOCUMENT = /icon|preconnect|dns-prefetch|stylesheet|pingback/;
const SCRIPT_TYPE = /^(?:module|.*(?:java|ecma)script|)$/i;

/** `5; url=/next` → `/next`. @see https://html.spec.whatwg.org/multipage/semantics.html#attr-meta-http-equiv-refresh */
export function refreshUrl(content: string): string | null {
  return /^\s*[\d.]+\s*[;,\s]\s*(?:url\s*=\s*)?["']?([^"']+)/i.exec(content)?.[1]?.trim() ?? null;
}

/** URLs of a `srcset`: each is followed by white space and a size, and a comma ends that. */
function srcsetUrls(srcset: string): string[] {
  return srcset
    .slice(0, 8_192)
    .split(/,\s/)
    .flatMap((candidate) => candidate.trim().split(/\s/)[0] || []);
}

interface Found {
  url: string;
  source: EndpointSource;
  method?: string;
  isGuess?: boolean;
  isMedia?: boolean;
}

function linkRelation({ rel = "", href = "", as = "" }: Attributes): Found[] {
  const relations = rel.toLowerCase().split(/\s+/);
  if (href === "" || relations.includes("stylesheet")) return [];
  if (as === "script" || relations.some((one) => SCRIPT_RELATIONS.has(one)))
    return [{ url: href, source: "script" }];
  if (relations.some((one) => DOCUMENT_RELATIONS.has(one))) return [{ url: href, source: "link" }];
  return NO_DOCUMENT.test(rel.toLowerCase())
    ? []
    : [{ url: href, source: "link", isGuess: true, isMedia: true }];
}

/** Whether an attribute is read by what it means at this element; others are, where they look like a path. */
function hasMeaning(tag: string, name: string): boolean {
  const read = [LINK_ATTRIBUTES[tag], MEDIA_ATTRIBUTES[tag]];
  return NO_PAGE.test(name) || read.includes(name) || /^(?:script|link|base)$/.test(tag);
}

function attributePlaces(tag: string, attributes: Attributes): Found[] {
  return Object.entries(attributes).flatMap(([name, value]): Found[] => {
    const method = METHOD_ATTRIBUTE.exec(name)?.[1]?.toUpperCase();
    if (method !== undefined) return [{ url: value, source: "link", method }];
    if (name === "ping") return [{ url: value, source: "form", method: "POST" }];
    return !hasMeaning(tag, name) && PATH_LIKE.test(value)
      ? [{ url: value, source: "link", isGuess: true, isMedia: true }]
      : [];
  });
}

function placesOf(tag: string, attributes: Attributes): Found[] {
  const found = attributePlaces(tag, attributes);
  const link = attributes[LINK_ATTRIBUTES[tag] ?? ""];
  const media = attributes[MEDIA_ATTRIBUTES[tag] ?? ""];
  if (link !== undefined) found.push({ url: link, source: "link" });
  if (media !== undefined) found.push({ url: media, source: "link", isMedia: true });
  for (const url of srcsetUrls(attributes.srcset ?? "")) found.push({ url, source: "link", isMedia: true });
  if (tag === "script" && attributes.src) found.push({ url: attributes.src, source: "script" });
  if (tag === "link") found.push(...linkRelation(attributes));
  if (tag !== "meta" || attributes["http-equiv"]?.toLowerCase() !== "refresh") return found;
  const refresh = refreshUrl(attributes.content ?? "");
  return refresh === null ? found : [...found, { url: refresh, source: "redirect" }];
}

interface RawDocument {
  base: string | null;
  found: Found[];
  scripts: string[];
  json: string[];
  /** Markup that is no part of the page: comments, templates in scripts, documents of frames. */
  inner: string[];
}

/** Scripts and JSON that attributes hold, and what a frame shows. */
function readAttributes(tag: string, attributes: Attributes, { scripts, json, inner }: RawDocument): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (IS_CODE.test(name)) scripts.push(value);
    else if (/^\s*javascript:/i.test(value)) scripts.push(value.replace(/^\s*javascript:/i, ""));
    else if (/^[[{]/.test(value)) json.push(value);
  }
  if (tag === "iframe" && attributes.srcdoc) inner.push(attributes.srcdoc);
}

/** Where the text of a script goes. */
function textsFor(type: string, { json, scripts, inner }: RawDocument): string[] | null {
  if (JSON_TYPE.test(type)) return json;
  if (SCRIPT_TYPE.test(type)) return scripts;
  return TEMPLATE_TYPE.test(type) ? inner : null;
}

function parseDocument(html: string): RawDocument {
  const document: RawDocument = { base: null, found: [], scripts: [], json: [], inner: [] };
  let into: string[] | null = null;
  const parser = new Parser({
    onopentag(tag, attributes) {
      if (tag === "base") document.base ??= attributes.href ?? null;
      document.found.push(...placesOf(tag, attributes));
      readAttributes(tag, attributes, document);
      if (tag !== "script") return;
      into = textsFor(attributes.type ?? "", document);
      into?.push("");
    },
    oncomment(text) {
      document.inner.push(text);
    },
    ontext(text) {
      if (into) into.push((into.pop() ?? "") + text);
    },
    onclosetag(tag) {
      if (tag === "script") into = null;
    },
  });
  parser.end(html);
  return document;
}

function formParameters({ method, fields }: HtmlForm): EndpointParameter[] {
  const position = method === "GET" ? "query" : "form";
  return fields
    .filter(({ type }) => type !== "file")
    .map((field): EndpointParameter => {
      const isToken = field.type === "hidden" && kindOf(field.name, field.value ?? undefined) === "token";
      const value = isToken || field.type === "password" ? "" : fittingValue(field);
      return {
        name: field.name,
        in: position,
        ...(value !== "" && value.length <= MAX_EXAMPLE_LENGTH && { example: value }),
      };
    });
}

/** A GET form replaces the query of its action by its fields; it is requested with each filled in. */
function formReference(form: HtmlForm, base: string, foundAt: string): Reference[] {
  const { method, action } = form;
  const url = tryParseWebUrl(action, base);
  if (!url) return [];
  const parameters = formParameters(form);
  const common = { method, parameters, source: "form" as const, foundAt };
  if (method === "POST") return [{ ...common, url, form, isRequestable: false }];
  const query = new URLSearchParams(parameters.map(({ name, example = "" }) => [name, example])).toString();
  const bare = { ...url, query: "" };
  const isLogin = form.fields.some(({ type }) => type === "password");
  return [
    { ...common, url: bare, request: { ...url, query: query && `?${query}` }, isRequestable: !isLogin },
  ];
}

function baseOf(base: string | null, pageUrl: string): string {
  const text = base ?? "";
  return text.length <= MAX_URL_LENGTH && URL.canParse(text, pageUrl) ? new URL(text, pageUrl).href : pageUrl;
}

function linkReferences(
  { url, source, method = "GET", isGuess = false, isMedia }: Found,
  base: string,
  foundAt: string,
): Reference[] {
  const found = places([url], base, source, {
    ...(method !== "GET" && { method, isRequestable: false, foundAt }),
    ...(isGuess && { isGuess }),
  });
  return isMedia ? found.filter((reference) => !looksLikeAsset(reference.url)) : found;
}

/** Every http(s) place that a document names, in its order: links, frames, scripts, refreshes and forms. */
export function referencesOf(html: string, pageUrl: string): PageReferences {
  const { base: written, found, scripts, json, inner } = parseDocument(html);
  const base = baseOf(written, pageUrl);
  return {
    references: [
      ...found.flatMap((link) => linkReferences(link, base, pageUrl)),
      ...readForms(html).flatMap((form) => formReference(form, base, pageUrl)),
      ...inner.flatMap((text) => loosePlaces(text, base)).filter(({ url }) => !looksLikeAsset(url)),
    ],
    ...{ scripts, json, base },
  };
}
