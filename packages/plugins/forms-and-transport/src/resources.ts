import type { HtmlElement } from "@picket/plugin-sdk/html";
import type { ClaimId } from "./claims.ts";
import { type Document, isLocal } from "./document.ts";
import type { Weakness } from "./weakness.ts";

/** Attributes by which elements load what can change the page (Mixed Content, blockable). */
const ACTIVE: Readonly<Record<string, string>> = {
  script: "src",
  iframe: "src",
  frame: "src",
  object: "data",
  embed: "src",
};
/** And what is only shown (optionally blockable). */
const PASSIVE: Readonly<Record<string, string>> = {
  img: "src",
  audio: "src",
  video: "src",
  source: "src",
  track: "src",
};
const ACTIVE_LINK = /(?:^|\s)(?:stylesheet|manifest|modulepreload|import)(?:\s|$)/i;

function loads({ name, attributes }: HtmlElement): { kind: "active" | "passive"; reference: string } | null {
  if (name === "link" && ACTIVE_LINK.test(attributes.rel ?? ""))
    return { kind: "active", reference: attributes.href ?? "" };
  const active = attributes[ACTIVE[name] ?? ""];
  if (active !== undefined) return { kind: "active", reference: active };
  const passive = attributes[PASSIVE[name] ?? ""];
  return passive === undefined ? null : { kind: "passive", reference: passive };
}

function mixedContent({ url, elements, resolve, upgradesInsecure }: Document): Weakness[] {
  if (url.protocol !== "https:" || upgradesInsecure) return [];
  return elements.flatMap((element): Weakness[] => {
    const load = loads(element);
    const source = resolve(load?.reference);
    if (!load || source?.protocol !== "http:" || isLocal(source)) return [];
    const claim: ClaimId = load.kind === "active" ? "mixed-content-active" : "mixed-content-passive";
    return [{ claim, key: "", snippet: `<${element.name}> loads ${source.href}` }];
  });
}

const VERSION = /\d\.\d/;

/** The same owner, as far as names tell: the last two labels agree. */
function isOwnSite(a: string, b: string): boolean {
  const site = (host: string) => host.split(".").slice(-2).join(".");
  return /^[\d.]+$|^\[/.test(a) || /^[\d.]+$|^\[/.test(b) ? a === b : site(a) === site(b);
}

/** What has no version in its address changes under the page; a hash would break it, so none is asked for. */
function foreignScripts({ url, elements, resolve }: Document): Weakness[] {
  return elements.flatMap(({ name, attributes }): Weakness[] => {
    const source = name === "script" ? resolve(attributes.src) : null;
    if (!source || isOwnSite(source.hostname, url.hostname)) return [];
    const snippet = `<script src="${source.href}">`;
    if (source.protocol === "http:")
      return url.protocol === "http:" ? [{ claim: "script-over-http", key: "", snippet }] : [];
    const isFixed = VERSION.test(source.pathname);
    return attributes.integrity === undefined && isFixed
      ? [{ claim: "missing-sri", key: source.hostname, snippet }]
      : [];
  });
}

export function resourceWeaknesses(document: Document): Weakness[] {
  return [...mixedContent(document), ...foreignScripts(document)];
}
