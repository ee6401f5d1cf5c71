import { defaultTreeAdapter, parse, type DefaultTreeAdapterTypes as Tree } from "parse5";

export type Element = Tree.Element;
export type Attribute = Element["attrs"][number];

/** A node with what it stands in. */
export interface Visited {
  readonly node: Tree.ChildNode;
  readonly parent: Element | null;
}

export function isElement(node: Tree.Node): node is Element {
  return "tagName" in node;
}

/** Blink opens no more elements inside one another; to parse many more takes time in the square of their number. */
const MAX_DEPTH = 512;

function parseDocument(html: string): Tree.Document | null {
  let depth = 0;
  const tooDeep = new RangeError("elements are nested too deeply");
  const treeAdapter = {
    ...defaultTreeAdapter,
    onItemPush() {
      depth += 1;
      if (depth > MAX_DEPTH) throw tooDeep;
    },
    onItemPop() {
      depth -= 1;
    },
  };
  try {
    return parse(html, { treeAdapter, sourceCodeLocationInfo: true, scriptingEnabled: true });
  } catch (error) {
    if (error === tooDeep) return null;
    throw error;
  }
}

/**
 * Every node that a browser with scripts makes of a document, in no promised order. What is in a `template` is left out:
 * nothing runs there. None of a document that is nested more deeply than a browser keeps.
 */
export function* htmlNodes(html: string): Generator<Visited> {
  const document = parseDocument(html);
  const waiting: Visited[] = document?.childNodes.map((node) => ({ node, parent: null })) ?? [];
  for (let visited = waiting.pop(); visited; visited = waiting.pop()) {
    yield visited;
    const { node } = visited;
    if (isElement(node)) for (const child of node.childNodes) waiting.push({ node: child, parent: node });
  }
}

/** Value of an attribute; null: there is none. */
export function attributeOf(element: Element, name: string): string | null {
  return element.attrs.find((attribute) => attribute.name === name)?.value ?? null;
}

/** Attributes whose value is an address that the element follows or loads. */
const URL_ATTRIBUTES = new Set([
  "href",
  "src",
  "action",
  "formaction",
  "data",
  "xlink:href",
  "poster",
  "cite",
  "background",
  "ping",
  "manifest",
]);

export function isUrlAttribute(name: string): boolean {
  return URL_ATTRIBUTES.has(name);
}

/** Name of an attribute as it is written: parse5 splits `xlink:href` of SVG. */
export function attributeName({ prefix, name }: Attribute): string {
  return prefix ? `${prefix}:${name}` : name;
}

/** `onclick` and its like: the value is a script. */
export function isHandlerName(name: string): boolean {
  return /^on[a-z]{3,40}$/.test(name);
}

/** Media types of scripts (WHATWG MIME Sniffing §4.6), and what `type` says of scripts otherwise. */
const SCRIPT_TYPE =
  /^(?:module|(?:text|application)\/(?:x-)?(?:javascript|ecmascript)|text\/jscript|text\/livescript)$/i;

/** False for data blocks such as JSON, which a browser does not run. */
export function isRunScript(script: Element): boolean {
  const type = attributeOf(script, "type")?.trim() ?? "";
  return type === "" || SCRIPT_TYPE.test(type);
}
