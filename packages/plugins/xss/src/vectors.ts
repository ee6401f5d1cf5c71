import type { Quoting, ReflectionContext, ScriptPlace } from "@picket/plugin-sdk/probe";

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

/** Elements that run something as soon as they are there. Several, for filters that know one of them. */
const ELEMENTS: readonly Vector["write"][] = [
  (name) => `<svg/onload=${name}()>`,
  (name) => `<img src=x onerror=${name}()>`,
  (name) => `<script>${name}()</script>`,
];

/** New elements after what ends the place. */
function elements(end: string, needs: string, count = 1): Vector[] {
  return ELEMENTS.slice(0, count).map((write) => vector(`${needs}<>`, (name) => end + write(name)));
}

const QUOTES = { double: '"', single: "'", none: "" } as const satisfies Record<Quoting, string>;

/** A handler beside the attribute that the value stands in. */
function handlerBeside(quoting: Quoting): Vector {
  const quote = QUOTES[quoting];
  if (quote === "") return vector("", (name) => ` onfocus=${name}() `);
  return vector(quote, (name) => `${quote}onfocus=${quote}${name}()`);
}

function inString(quote: string): Vector[] {
  return [
    vector(quote, (name) => `${quote}-${name}()-${quote}`),
    // Where the quote is escaped but the backslash is not.
    vector("\\", (name) => `\\${quote}-${name}()//`),
  ];
}

const BY_PLACE: Readonly<Record<ScriptPlace, readonly Vector[]>> = {
  "single-quoted": inString("'"),
  "double-quoted": inString('"'),
  template: [vector("", (name) => `\${${name}()}`)],
  code: [vector("", (name) => `${name}()`, true)],
  "line-comment": [vector("\n", (name) => `\n${name}()//`)],
  "block-comment": [vector("/", (name) => `*/${name}()/*`)],
  regexp: [],
};

type AttributeContext = Extract<ReflectionContext, { kind: "attribute" }>;

function attributeVectors({ element, name, quoting, role, isWhole, place }: AttributeContext): Vector[] {
  const isSource = element === "script" && name === "src";
  return [
    // The browser undoes entities before it runs a handler, so that quotes survive in any form.
    ...(place ? BY_PLACE[place].map((one) => ({ ...one, needs: "" })) : []),
    ...(role === "url" && isWhole && isSource ? [vector("/", (host) => `//${host}.example/`, true)] : []),
    ...(role === "url" && isWhole && !isSource ? [vector(":", (call) => `javascript:${call}()`, true)] : []),
    handlerBeside(quoting),
    ...elements(`${QUOTES[quoting]}>`, QUOTES[quoting]),
  ];
}

/** Ways out of a place, the one that needs least first. None where nothing runs: JSON, text, headers. */
export function vectorsFor(context: ReflectionContext): readonly Vector[] {
  switch (context.kind) {
    case "text":
      return elements("", "", ELEMENTS.length);
    case "raw-text":
      return elements(`</${context.element}>`, "/");
    case "comment":
      return elements("-->", "");
    case "tag-name":
      return [vector("/", (name) => `svg/onload=${name}()/`, true), ...elements("x>", "")];
    case "attribute-name":
      return [vector("", (name) => ` onfocus=${name}() `), ...elements(">", "")];
    case "attribute":
      return attributeVectors(context);
    case "script":
      return [...BY_PLACE[context.place], ...elements("</script>", "/")];
    case "data-block":
      return elements("</script>", "/");
    case "style":
      return elements("</style>", "/");
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
