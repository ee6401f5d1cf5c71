import { type HeaderList, type HttpResponse, parseJson, parseWebUrl, type WebUrl } from "@picket/core";
import { fetchText, responseText } from "../body-text.ts";
import { type HtmlPage, type HtmlText, isShown, readHtml } from "../html/index.ts";
import { mediaType } from "../media-type.ts";
import type { FetchView } from "../session.ts";

/** A response as the detectors read it. */
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
    parseJson(body, (_name, value: unknown) => {
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

type Parts = Pick<Answer, "status" | "headers" | "contentType" | "body"> & { readonly address: string };

function answerOf({ address, ...response }: Parts): Answer {
  const { contentType, body, status } = response;
  const page = HTML_TYPE.test(contentType) && body !== "" ? readHtml(body) : null;
  const said = page ? saidBy(page, status) : [];
  const parts = { ...response, url: parseWebUrl(address), page, said };
  return { ...parts, message: messageOf(parts) };
}

/** Of a recorded exchange. */
export async function readAnswer(fetch: FetchView): Promise<Answer> {
  const { url, status, responseHeaders: headers, contentType } = fetch;
  const body = await fetchText(fetch);
  return answerOf({ address: url, status, headers, contentType: contentType ?? "", body });
}

/** Of a request's own response. */
export function readResponse(response: HttpResponse): Answer {
  const { url, status, headers } = response;
  const contentType = mediaType(headers) ?? "";
  return answerOf({ address: url, status, headers, contentType, body: responseText(response) });
}
