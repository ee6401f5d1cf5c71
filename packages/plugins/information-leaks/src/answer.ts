import { type HeaderList, parseWebUrl, type WebUrl } from "@picket/core";
import { type FetchView, fetchText } from "@picket/plugin-sdk";
import { type HtmlPage, type HtmlText, isShown, readHtml } from "@picket/plugin-sdk/html";

/** A recorded response as the detectors read it. */
export interface Answer {
  readonly url: WebUrl;
  readonly status: number;
  readonly headers: HeaderList;
  readonly contentType: string;
  readonly body: string;
  /** Null for what is no HTML. */
  readonly page: HtmlPage | null;
  /** What a page says to its reader, without what an article only quotes. Nothing for what is no HTML. */
  readonly said: readonly HtmlText[];
  /** What the answer says to its reader, a line for each piece of text: of a page, what is `said`. */
  readonly message: string;
}

const HTML_TYPE = /^(?:text\/html|application\/xhtml\+xml)$/;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;
/** Text that is written to be read as it is: articles and programs. */
const WRITTEN_TYPE = /markdown|javascript|ecmascript|^text\/(?:css|x-rst|csv)$|^(?:image|font|audio|video)\//;
const WRITTEN_PATH = /\.(?:md|markdown|rst|adoc|phps)$/i;
const QUOTING = new Set(["pre", "code", "samp", "kbd", "textarea", "blockquote"]);
/** Characters of text around a quotation that make it an article; an error page has a heading and little more. */
const MIN_PROSE = 400;

function isQuoted({ within }: HtmlText): boolean {
  return within.some((name) => QUOTING.has(name));
}

/**
 * An error page is its message; an article that explains errors has prose around what it quotes. With an error's status
 * nothing is taken for an article.
 */
function saidBy(page: HtmlPage, status: number): HtmlText[] {
  const shown = page.texts.filter(isShown);
  const prose = shown.filter((text) => !isQuoted(text));
  const proseLength = prose.reduce((sum, { text }) => sum + text.trim().length, 0);
  const isArticle = status < 400 && proseLength >= MIN_PROSE;
  return isArticle ? prose : shown;
}

/** The strings of a JSON text, one below the other; null when it is none, as when it was cut off. */
function jsonTexts(body: string): string | null {
  const texts: string[] = [];
  try {
    JSON.parse(body, (_name, value: unknown) => {
      if (typeof value === "string") texts.push(value);
      return value;
    });
  } catch {
    return null;
  }
  return texts.join("\n");
}

function messageOf({ contentType, body, page, said, status, url }: Omit<Answer, "message">): string {
  if (page) return said.map(({ text }) => text).join("\n");
  if (status < 400 && (WRITTEN_TYPE.test(contentType) || WRITTEN_PATH.test(url.path))) return "";
  if (JSON_TYPE.test(contentType)) return jsonTexts(body) ?? body;
  return body;
}

export async function readAnswer(fetch: FetchView): Promise<Answer> {
  const { status, responseHeaders: headers, contentType } = fetch;
  const body = await fetchText(fetch);
  const page = HTML_TYPE.test(contentType ?? "") && body !== "" ? readHtml(body) : null;
  const said = page ? saidBy(page, status) : [];
  const url = parseWebUrl(fetch.url);
  const parts = { url, status, headers, contentType: contentType ?? "", body, page, said };
  return { ...parts, message: messageOf(parts) };
}
