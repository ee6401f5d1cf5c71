import type { Answer } from "./answer.ts";
import { bodyLeak, type Detector } from "./leak.ts";

const LEVEL =
  "(?:Fatal error|Parse error|Warning|Notice|Deprecated|Strict Standards|Recoverable fatal error|Catchable fatal error)";
const ONLY_LEVEL = new RegExp(`^(?:PHP )?${LEVEL}$`);

/**
 * PHP's own messages by their markup: the level, the file and the line each in a `<b>` of its own. Escaped, as articles
 * quote them, they have none.
 */
function inBold({ said }: Answer): string | null {
  const bold = said.filter(({ within }) => within.at(-1) === "b").map(({ text }) => text.trim());
  const level = bold.findIndex(
    (text, index) =>
      ONLY_LEVEL.test(text) &&
      /^(?:\/|[A-Z]:\\).{1,300}\.\w{2,5}/.test(bold[index + 1] ?? "") &&
      /^\d{1,6}$/.test(bold[index + 2] ?? ""),
  );
  return level < 0 ? null : bold.slice(level, level + 3).join(" ");
}

/** The same with `html_errors` off, or before something else than a page. */
const PLAIN = new RegExp(
  `(?:^|\\n)(?:<b>)?(?:PHP )?${LEVEL}(?:</b>)?: {1,2}[^\\n]{1,600} in (?:<b>)?(?:/|[A-Z]:\\\\)[^\\n<]{1,300}(?:</b>)? on line (?:<b>)?\\d{1,6}`,
);

/** PHP writes between elements; what stands in a paragraph somebody has written. */
function inPlain({ page, said, message, status }: Answer): string | null {
  const own = said.filter(({ within }) => /^(?:body|html)?$/.test(within.at(-1) ?? ""));
  const text = page && status < 400 ? own.map(({ text }) => text).join("\n") : message;
  return PLAIN.exec(text)?.[0].trim() ?? null;
}

function ofXdebug({ page }: Answer): string | null {
  const table = page?.elements.find(({ attributes }) => /^xdebug-error\b/.test(attributes.class ?? ""));
  return table?.attributes.class ?? null;
}

export const phpErrors: Detector = (answer) => {
  const snippet = inBold(answer) ?? inPlain(answer) ?? ofXdebug(answer);
  return snippet === null ? [] : [bodyLeak({ claim: "php-error", key: "", snippet })];
};

/** Of other languages: the message with the file and line, or the number, that no text for visitors has. */
const MESSAGES: readonly [language: string, pattern: RegExp][] = [
  ["Perl", /^[^\n]{1,500} at \/[^\s]{1,300}\.(?:pl|pm|cgi|psgi) line \d{1,6}\.?$/m],
  [
    "ASP",
    /^(?:Microsoft (?:VBScript|JScript|JET Database Engine|OLE DB Provider)[^\n]{0,80}|ADODB\.\w{1,30})\s{1,8}error '80[0-9a-f]{6}'/im,
  ],
];

/** In a page that is no error's they are somebody's question, but for what CGI::Carp heads them with. */
export const scriptErrors: Detector = ({ message, page, status }) => {
  if (page && status < 400 && !/^Software error:$/m.test(message)) return [];
  return MESSAGES.flatMap(([key, pattern]) => {
    const snippet = pattern.exec(message)?.[0];
    return snippet === undefined ? [] : [bodyLeak({ claim: "script-error", key, snippet })];
  });
};
