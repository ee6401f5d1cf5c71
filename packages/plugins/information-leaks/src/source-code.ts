import { headerValues } from "@picket/core";
import { type Answer, bodyLeak, type Detector } from "@picket/plugin-sdk/errors";
import type { HtmlPage } from "@picket/plugin-sdk/html";
import type { ClaimId } from "./claims.ts";

/** Code of the server that the server should have run, and what must follow so that it is code and no mention of it. */
const LANGUAGES: readonly [language: string, pattern: RegExp][] = [
  [
    "PHP",
    /<\?php\s[\s\S]{0,600}?(?:\$\w{1,60}\s{0,4}(?:=|->|\[)|\b(?:require|include)(?:_once)?\b|\bfunction \w|\bnamespace \w|\becho\s)/,
  ],
  ["JSP", /<%@\s{0,4}(?:page|taglib|include)\s{1,8}\w{1,30}\s{0,4}=/],
  ["ASP.NET", /<%@\s{0,4}(?:Page|Control|Master|WebHandler|Application)\s[^%]{0,400}Language\s{0,4}=/i],
  ["Classic ASP", /<%@\s{0,4}Language\s{0,4}=\s{0,4}"?VBScript/i],
];
const EXECUTED_TYPE =
  /^(?:text\/html|application\/xhtml\+xml|text\/plain|application\/(?:octet-stream|x-httpd-php|x-php)|text\/x-php|)$/;
/** What a server runs, by its ending or without one; copies such as `cart.php.bak` are files, and `exposed-files`' to find. */
const EXECUTED_PATH = /(?:\.(?:php\d?|phtml|jspx?|aspx?|asp|ashx|asmx)|\/[^./]*)$/i;
/** A server that has no use for code sends it as it lies there; text around it, or a name to save it by, is a program's work. */
function isSentOnPurpose({ body, contentType, headers }: Answer): boolean {
  const isText = contentType === "text/plain" && !/^[\uFEFF\s]*</.test(body);
  return (
    isText || headerValues(headers, "content-disposition").some((value) => /^\s*attachment/i.test(value))
  );
}

/** Where a document may show code as it is. */
const RAW_TEXT = new Set(["script", "style", "textarea", "template", "title", "xmp"]);

function isInRawText(page: HtmlPage | null, index: number): boolean {
  return (
    page?.elements.some(({ name, start, end }) => RAW_TEXT.has(name) && start < index && index < end) ?? false
  );
}

/** Articles escape `<`; where it comes as it is, the code was sent instead of run. */
export const sourceCode: Detector<ClaimId> = (answer: Answer) => {
  const { body, contentType, page, status, url } = answer;
  if (status >= 400 || !EXECUTED_TYPE.test(contentType) || !EXECUTED_PATH.test(url.path)) return [];
  if (isSentOnPurpose(answer)) return [];
  for (const [language, pattern] of LANGUAGES) {
    const match = pattern.exec(body);
    if (!match || isInRawText(page, match.index)) continue;
    return [bodyLeak({ claim: "source-code", key: language, snippet: match[0] })];
  }
  return [];
};
