import { type Answer, isShownAsHtml } from "./answer.ts";
import { boundCall, isBound } from "./bound-markup.ts";
import {
  type Attribute,
  attributeName,
  attributeOf,
  type Element,
  htmlNodes,
  isElement,
  isHandlerName,
  isRunScript,
  type Visited,
} from "./html-nodes.ts";
import { callsFunction } from "./script-context.ts";
import { headerPolicies, metaPolicy, policiesAllow, type ScriptUse } from "./script-policy.ts";

/** How the script that was sent would run. */
export interface Execution {
  readonly by: ScriptUse["by"];
  readonly element: string;
  /** Null: the element's own text. */
  readonly attribute: string | null;
  readonly offset: number;
  /** A content security policy that came with the answer stops it. */
  readonly isStopped: boolean;
}

/** As the page alone would have it. */
interface Run extends Omit<Execution, "isStopped"> {
  readonly nonce: string | null;
}

/** Elements on which a link to `javascript:` runs, by attribute. */
const RUNS_URL: Readonly<Record<string, readonly string[]>> = {
  a: ["href", "xlink:href"],
  area: ["href"],
  iframe: ["src"],
  frame: ["src"],
  embed: ["src"],
  object: ["data"],
  form: ["action"],
  button: ["formaction"],
  input: ["formaction"],
};

/** No event ever reaches these. */
const MUTE = new Set([
  "base",
  "head",
  "meta",
  "noscript",
  "param",
  "script",
  "source",
  "style",
  "title",
  "track",
]);

/** A browser drops tabs and line ends in a URL, and control characters and spaces before it (WHATWG URL §4.4). */
function scriptUrl(value: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the standard names
  const url = value.replace(/[\t\n\r]/g, "").replace(/^[\u0000-\u0020]{1,100}/, "");
  if (!/^javascript:/i.test(url)) return null;
  try {
    return decodeURIComponent(url.slice("javascript:".length));
  } catch {
    // A stray percent sign: the browser takes it as it is.
    return url.slice("javascript:".length);
  }
}

function isHandlerRun(element: Element, attribute: Attribute, marker: string): boolean {
  if (!isHandlerName(attribute.name) || MUTE.has(element.tagName)) return false;
  const isHidden = element.tagName === "input" && attributeOf(element, "type")?.toLowerCase() === "hidden";
  return !isHidden && callsFunction(attribute.value, marker);
}

function runOfAttribute(element: Element, attribute: Attribute, marker: string): Execution["by"] | null {
  const name = attributeName(attribute);
  if (!attribute.value.includes(marker)) return null;
  if (attribute.value.includes(boundCall(marker)) && isBound(element)) return "expression";
  if (isHandlerRun(element, attribute, marker)) return "handler";
  if (element.tagName === "script" && name === "src") return isForeignTo(attribute.value, marker);
  if (!RUNS_URL[element.tagName]?.includes(name)) return null;
  return callsFunction(scriptUrl(attribute.value) ?? "", marker) ? "javascript-url" : null;
}

/** A script from a host that the sender chose. */
function isForeignTo(url: string, marker: string): Execution["by"] | null {
  const host = URL.parse(url, "http://target.invalid/")?.hostname ?? "";
  return host.startsWith(`${marker}.`) ? "script-source" : null;
}

/** A nonce counts for the `script` that has it. */
function nonceOf(element: Element): string | null {
  return element.tagName === "script" ? attributeOf(element, "nonce") : null;
}

/** What a frame shows that has its document in an attribute, unless it is kept from running scripts. */
function* runsInFrame(frame: Element, marker: string): Generator<Run> {
  const sandbox = attributeOf(frame, "sandbox")?.split(/\s+/);
  if (frame.tagName !== "iframe" || (sandbox && !sandbox.includes("allow-scripts"))) return;
  const html = attributeOf(frame, "srcdoc") ?? "";
  if (!html.includes(marker)) return;
  const offset = frame.sourceCodeLocation?.startOffset ?? 0;
  for (const visited of htmlNodes(html)) for (const run of runsIn(visited, marker)) yield { ...run, offset };
}

function* runsIn({ node, parent }: Visited, marker: string): Generator<Run> {
  const offset = node.sourceCodeLocation?.startOffset ?? 0;
  if (isElement(node)) {
    const element = node.tagName;
    for (const attribute of node.attrs) {
      const by = runOfAttribute(node, attribute, marker);
      if (by) yield { by, element, attribute: attributeName(attribute), offset, nonce: nonceOf(node) };
    }
    yield* runsInFrame(node, marker);
  }
  const isScript = parent?.tagName === "script" && isRunScript(parent) && "value" in node;
  if ("value" in node && node.value.includes(boundCall(marker)) && isBound(parent))
    yield { by: "expression", element: parent?.tagName ?? "", attribute: null, offset, nonce: null };
  if (isScript && callsFunction(node.value, marker))
    yield { by: "script", element: "script", attribute: null, offset, nonce: nonceOf(parent) };
}

/**
 * How a call of the function `marker` that was sent would run in a browser that reads the answer, first of all one that
 * no policy stops; null: it would not.
 * Decided by reading the answer as the browser does: an element that is there, a handler whose script can be run and
 * holds the call, a script that can be run as a whole. Where it stands as text proves nothing.
 */
export function executionOf(answer: Answer, marker: string): Execution | null {
  if (!isShownAsHtml(answer) || !answer.text.includes(marker)) return null;
  const nodes = [...htmlNodes(answer.text)];
  const metas = nodes.flatMap(({ node }) => (isElement(node) ? (metaPolicy(node) ?? []) : []));
  const policies = [...headerPolicies(answer), ...metas];
  let stopped: Execution | null = null;
  for (const visited of nodes)
    for (const { nonce, ...run } of runsIn(visited, marker)) {
      if (policiesAllow(policies, { ...run, nonce })) return { ...run, isStopped: false };
      stopped ??= { ...run, isStopped: true };
    }
  return stopped;
}
