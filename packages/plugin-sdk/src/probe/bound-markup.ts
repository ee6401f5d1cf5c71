import type { DefaultTreeAdapterTypes as Tree } from "parse5";
import { attributeOf, type Element, isElement } from "./html-nodes.ts";

const ROOT = ["ng-app", "data-ng-app", "x-ng-app"];
const UNBOUND = ["ng-non-bindable", "data-ng-non-bindable"];
/** Elements whose text AngularJS does not read. */
const UNREAD = new Set(["script", "style", "textarea", "title", "noscript"]);

function hasAny(element: Element, names: readonly string[]): boolean {
  return names.some((name) => attributeOf(element, name) !== null);
}

/**
 * Whether AngularJS reads what stands in this element, or in its attributes, for expressions: `{{ … }}` runs there, however
 * it was encoded. Angular from version 2 on reads no markup of the page.
 */
export function isBound(element: Element | null): boolean {
  if (!element || UNREAD.has(element.tagName)) return false;
  let isInRoot = false;
  for (let at: Tree.ParentNode | null = element; at && isElement(at); at = at.parentNode) {
    if (hasAny(at, UNBOUND)) return false;
    isInRoot ||= hasAny(at, ROOT);
  }
  return isInRoot;
}

/** An expression of AngularJS that calls a function of the page. Before 1.6 it wants a way out of the sandbox as well. */
export function boundCall(name: string): string {
  return `{{constructor.constructor('${name}()')()}}`;
}
