import { Parser } from "htmlparser2";

export interface HtmlElement {
  /** Lower-case. */
  readonly name: string;
  /** Names in lower case; entities are resolved. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Index of `<` in the source. */
  readonly start: number;
  /** Index behind the end tag, or where the parser closed the element. */
  readonly end: number;
}

export interface HtmlText {
  /** Entities are resolved. */
  readonly text: string;
  /** Index in the source, and that behind it. */
  readonly start: number;
  readonly end: number;
  /** Names of the elements around it, outermost first: of more than 64 the first and last 32. */
  readonly within: readonly string[];
}

export interface HtmlComment {
  readonly text: string;
  readonly start: number;
}

/** A document's parts, each kind in the order in which they begin. */
export interface HtmlPage {
  readonly elements: readonly HtmlElement[];
  readonly texts: readonly HtmlText[];
  readonly comments: readonly HtmlComment[];
}

/** A page may nest as deep as it is long; lists of all names would take the square of that. */
const MAX_NAMES = 64;

function namesOf(open: readonly HtmlElement[]): string[] {
  const named =
    open.length > MAX_NAMES ? [...open.slice(0, MAX_NAMES / 2), ...open.slice(-MAX_NAMES / 2)] : open;
  return named.map(({ name }) => name);
}

type Open<Item> = { -readonly [Key in keyof Item]: Item[Key] };

/** Reads a document as a browser tokenises it, without scripts run; broken markup gives what could be read of it. */
export function readHtml(html: string): HtmlPage {
  const elements: Open<HtmlElement>[] = [];
  const texts: Open<HtmlText>[] = [];
  const comments: HtmlComment[] = [];
  const open: Open<HtmlElement>[] = [];
  let within: readonly string[] | null = null;
  const parser: Parser = new Parser({
    onopentag(name, attributes) {
      const element = { name, attributes, start: parser.startIndex, end: html.length };
      elements.push(element);
      open.push(element);
      within = null;
    },
    onclosetag() {
      const element = open.pop();
      if (element) element.end = parser.endIndex + 1;
      within = null;
    },
    ontext(text) {
      within ??= namesOf(open);
      const last = texts.at(-1);
      const { startIndex: start, endIndex } = parser;
      if (last && last.end === start && last.within === within) {
        last.text += text;
        last.end = endIndex + 1;
      } else texts.push({ text, start, end: endIndex + 1, within });
    },
    oncomment(text) {
      comments.push({ text, start: parser.startIndex });
    },
  });
  parser.end(html);
  return { elements, texts, comments };
}

const NOT_SHOWN = new Set(["script", "style", "template", "noscript", "title", "head"]);

/** True for text that a visitor reads. */
export function isShown({ within }: HtmlText): boolean {
  return !within.some((name) => NOT_SHOWN.has(name));
}

/** The document's title, white space trimmed; empty without one. */
export function titleOf({ texts }: HtmlPage): string {
  return texts.find(({ within }) => within.at(-1) === "title" && !within.includes("svg"))?.text.trim() ?? "";
}
