import { type Answer, isShownAsHtml } from "./answer.ts";
import { isBound } from "./bound-markup.ts";
import {
  type Attribute,
  attributeName,
  type Element,
  htmlNodes,
  isElement,
  isHandlerName,
  isRunScript,
  isUrlAttribute,
  type Visited,
} from "./html-nodes.ts";
import { offsetsIn } from "./offsets.ts";
import { closedOnLine, type ScriptPlace, scriptPlaceAt } from "./script-context.ts";

/** How an attribute's value is quoted in the source. */
export type Quoting = "double" | "single" | "none";

/** Where a marker came back. */
export type ReflectionContext =
  /** Between tags. */
  | { readonly kind: "text" }
  /** In an element whose content is text until its end tag: `title`, `textarea`, `noscript`… */
  | { readonly kind: "raw-text"; readonly element: string }
  | { readonly kind: "comment" }
  /** Beside another: AngularJS reads it for expressions. */
  | { readonly kind: "bound" }
  | { readonly kind: "tag-name" }
  | { readonly kind: "attribute-name"; readonly element: string }
  /** `role`: what the value means to the browser. `isWhole`: the value starts with what was sent. */
  | {
      readonly kind: "attribute";
      readonly element: string;
      readonly name: string;
      readonly quoting: Quoting;
      readonly role: "plain" | "url" | "style" | "handler" | "document";
      readonly isWhole: boolean;
      /** Of a handler, or an address that is a script: where in its script. */
      readonly place: ScriptPlace | null;
    }
  /** `tail`: of a string or a pattern, the brackets that the rest of its line closes; absent: none. */
  | { readonly kind: "script"; readonly place: ScriptPlace; readonly tail?: string }
  /** A `script` that is not run, such as JSON. */
  | { readonly kind: "data-block" }
  | { readonly kind: "style" }
  | { readonly kind: "json" }
  /** A body that no browser shows as HTML. */
  | { readonly kind: "other"; readonly type: string | null }
  | { readonly kind: "header"; readonly name: string };

export interface Reflection {
  readonly context: ReflectionContext;
  /** Character of the body, or of the header's value, at which the marker begins. */
  readonly offset: number;
}

/** Elements whose content the parser takes as text. @see https://html.spec.whatwg.org/multipage/parsing.html */
const RAW_TEXT = new Set([
  "title",
  "textarea",
  "noscript",
  "iframe",
  "xmp",
  "noembed",
  "noframes",
  "plaintext",
]);

/** Browsers drop most elements inside a `select`. */
const IN_SELECT = new Set(["select", "option", "optgroup"]);

function quotingOf(source: string): Quoting {
  const [first] = source.slice(source.indexOf("=") + 1).trimStart();
  if (first === '"') return "double";
  return first === "'" ? "single" : "none";
}

function roleOf(element: string, name: string): "plain" | "url" | "style" | "handler" | "document" {
  if (isHandlerName(name)) return "handler";
  if (element === "iframe" && name === "srcdoc") return "document";
  if (isUrlAttribute(name)) return "url";
  return name === "style" ? "style" : "plain";
}

function attributeContext(
  element: Element,
  attribute: Attribute,
  marker: string,
  source: string,
): ReflectionContext {
  const name = attributeName(attribute);
  if (!attribute.value.includes(marker)) return { kind: "attribute-name", element: element.tagName };
  const role = roleOf(element.tagName, name);
  const isScript = role === "handler" || (role === "url" && /^\s*javascript:/i.test(attribute.value));
  return {
    kind: "attribute",
    element: element.tagName,
    name,
    quoting: quotingOf(source),
    role,
    isWhole: attribute.value.trimStart().startsWith(marker),
    place: isScript ? scriptPlaceAt(attribute.value, attribute.value.indexOf(marker)) : null,
  };
}

function* inElement(element: Element, html: string, marker: string): Generator<Reflection> {
  const location = element.sourceCodeLocation;
  if (!location) return;
  const { startOffset } = location;
  if (element.tagName.includes(marker)) yield { context: { kind: "tag-name" }, offset: startOffset + 1 };
  for (const attribute of element.attrs) {
    const at = location.attrs?.[attributeName(attribute)];
    if (!at || !`${attribute.name}=${attribute.value}`.includes(marker)) continue;
    const context = attributeContext(element, attribute, marker, html.slice(at.startOffset, at.endOffset));
    // Written with entities, it stands nowhere in the source: then where the attribute begins.
    const [offset = at.startOffset] = offsetsIn(html, marker, at.startOffset, at.endOffset);
    yield { context, offset };
    if (attribute.value.includes(marker) && isBound(element)) yield { context: { kind: "bound" }, offset };
  }
}

const ENDS: Partial<Record<ScriptPlace, string>> = {
  "single-quoted": "'",
  "double-quoted": '"',
  regexp: "/",
};

function tailOf(script: string, place: ScriptPlace, offset: number): { tail?: string } {
  const quote = ENDS[place];
  const end = quote === undefined ? -1 : script.indexOf(quote, offset);
  const tail = end < 0 ? "" : closedOnLine(script, end + 1);
  return tail === "" ? {} : { tail };
}

function textContext(parent: Element | null, script: string, offset: number): ReflectionContext {
  const element = parent?.tagName ?? "";
  if (parent && element === "script") {
    if (!isRunScript(parent)) return { kind: "data-block" };
    const place = scriptPlaceAt(script, offset);
    return { kind: "script", place, ...tailOf(script, place, offset) };
  }
  if (element === "style") return { kind: "style" };
  if (IN_SELECT.has(element)) return { kind: "raw-text", element: "select" };
  return RAW_TEXT.has(element) ? { kind: "raw-text", element } : { kind: "text" };
}

function* inNode({ node, parent }: Visited, html: string, marker: string): Generator<Reflection> {
  if (isElement(node)) yield* inElement(node, html, marker);
  const at = node.sourceCodeLocation;
  if (!at) return;
  if ("data" in node)
    for (const offset of offsetsIn(html, marker, at.startOffset, at.endOffset))
      yield { context: { kind: "comment" }, offset };
  if (!("value" in node) || !node.value.includes(marker)) return;
  for (const offset of offsetsIn(html, marker, at.startOffset, at.endOffset)) {
    yield { context: textContext(parent, node.value, offset - at.startOffset), offset };
    if (isBound(parent)) yield { context: { kind: "bound" }, offset };
  }
}

function* inHtml(html: string, marker: string): Generator<Reflection> {
  if (!html.includes(marker)) return;
  for (const visited of htmlNodes(html)) yield* inNode(visited, html, marker);
}

const JSON_TYPE = /[/+]json$/;

function* inBody(answer: Answer, marker: string): Generator<Reflection> {
  const { text, type } = answer;
  if (isShownAsHtml(answer)) {
    yield* inHtml(text, marker);
    return;
  }
  const context: ReflectionContext = JSON_TYPE.test(type ?? "") ? { kind: "json" } : { kind: "other", type };
  for (const offset of offsetsIn(text, marker)) yield { context, offset };
}

/** Every place of an answer where the marker stands, in the order of the body, headers first. */
export function reflectionsOf(answer: Answer, marker: string): Reflection[] {
  const headers = answer.response.headers.flatMap(([name, value]) =>
    value.includes(marker)
      ? [{ context: { kind: "header", name } as const, offset: value.indexOf(marker) }]
      : [],
  );
  return [...headers, ...[...inBody(answer, marker)].sort((a, b) => a.offset - b.offset)];
}
