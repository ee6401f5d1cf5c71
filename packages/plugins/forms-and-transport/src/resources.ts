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

interface Load {
  readonly kind: "active" | "passive";
  readonly by: string;
  readonly reference: string;
}

const STYLE_SHEET = /@import\s{1,20}(?:url\(\s{0,20})?["']?(http:\/\/[^\s"')]{1,1000})/gi;
const STYLE_PICTURE = /(?<!@import\s{1,20})url\(\s{0,20}["']?(http:\/\/[^\s"')]{1,1000})/gi;

function loadsOfStyle(css: string): Load[] {
  const found = (pattern: RegExp, kind: Load["kind"]) =>
    [...css.matchAll(pattern)].map(([, reference = ""]) => ({ kind, by: "style", reference }));
  return [...found(STYLE_SHEET, "active"), ...found(STYLE_PICTURE, "passive")];
}

function loadsOf({ name, attributes }: HtmlElement): Load[] {
  if (name === "link" && ACTIVE_LINK.test(attributes.rel ?? ""))
    return [{ kind: "active", by: name, reference: attributes.href ?? "" }];
  const active = attributes[ACTIVE[name] ?? ""];
  const passive = attributes[PASSIVE[name] ?? ""];
  const pictures = name === "img" || name === "source" ? (attributes.srcset ?? "") : "";
  return [
    ...(active === undefined ? [] : [{ kind: "active", by: name, reference: active } as const]),
    ...[passive ?? "", ...pictures.split(/,\s/).map((one) => one.trim().split(/\s/, 1)[0] ?? "")]
      .filter((reference) => reference !== "")
      .map((reference) => ({ kind: "passive", by: name, reference }) as const),
    ...loadsOfStyle(attributes.style ?? ""),
  ];
}

function mixedContent({ url, elements, styles, resolve, upgradesInsecure }: Document): Weakness[] {
  if (url.protocol !== "https:" || upgradesInsecure) return [];
  const loads = [...elements.flatMap(loadsOf), ...styles.flatMap(loadsOfStyle)];
  return loads.flatMap(({ kind, by, reference }): Weakness[] => {
    const source = resolve(reference);
    if (source?.protocol !== "http:" || isLocal(source)) return [];
    const claim: ClaimId = kind === "active" ? "mixed-content-active" : "mixed-content-passive";
    return [{ claim, key: "", snippet: `<${by}> loads ${source.href}` }];
  });
}

const VERSION = /\d\.\d/;

/** The same owner, as far as names tell: the last two labels agree. */
function isOwnSite(a: string, b: string): boolean {
  const site = (host: string) => host.split(".").slice(-2).join(".");
  return /^[\d.]+$|^\[/.test(a) || /^[\d.]+$|^\[/.test(b) ? a === b : site(a) === site(b);
}

/** The element as it is shown, and the address of the script or style sheet that it loads. */
function codeOf({ name, attributes }: HtmlElement): { shown: string; reference: string | undefined } | null {
  if (name === "script") return { shown: "script src", reference: attributes.src };
  const isSheet = name === "link" && /(?:^|\s)stylesheet(?:\s|$)/i.test(attributes.rel ?? "");
  return isSheet ? { shown: 'link rel="stylesheet" href', reference: attributes.href } : null;
}

/** What has no version in its address changes under the page; a hash would break it, so none is asked for. */
function foreignCode({ url, elements, resolve }: Document): Weakness[] {
  return elements.flatMap((element): Weakness[] => {
    const code = codeOf(element);
    const source = resolve(code?.reference);
    if (!code || !source || isOwnSite(source.hostname, url.hostname)) return [];
    const snippet = `<${code.shown}="${source.href}">`;
    if (source.protocol === "http:")
      return element.name === "script" && url.protocol === "http:"
        ? [{ claim: "script-over-http", key: "", snippet }]
        : [];
    const isFixed = VERSION.test(source.pathname) && element.attributes.integrity === undefined;
    return isFixed ? [{ claim: "missing-sri", key: source.hostname, snippet }] : [];
  });
}

export function resourceWeaknesses(document: Document): Weakness[] {
  return [...mixedContent(document), ...foreignCode(document)];
}
