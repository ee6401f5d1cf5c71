import jsTokens from "js-tokens";

/** A token of a script; white space and comments are left out. */
export interface ScriptToken {
  readonly type: "string" | "name" | "sign" | "other";
  /** Of a string its text, without quotes and escapes. */
  readonly text: string;
}

const ESCAPE = /\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|(\r\n|[\s\S]))/gi;
const CONTROL: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", "0": "\0" };

function textOf(text: string): string {
  return text.replace(ESCAPE, (_, long?: string, short?: string, byte?: string, character?: string) => {
    const code = long ?? short ?? byte;
    if (code !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff));
    return /^\s/.test(character ?? "") ? "" : (CONTROL[character ?? ""] ?? character ?? "");
  });
}

const KINDS: Record<string, ScriptToken["type"]> = {
  IdentifierName: "name",
  Punctuator: "sign",
  NumericLiteral: "other",
  RegularExpressionLiteral: "other",
};

const PLUS: ScriptToken = { type: "sign", text: "+" };
const OPEN: ScriptToken = { type: "sign", text: "(" };
const CLOSE: ScriptToken = { type: "sign", text: ")" };
const string = (text: string): ScriptToken => ({ type: "string", text });

/** A template literal is what it means: `a${b}c` is `"a" + (b) + "c"`. */
function tokensOf(type: string, value: string): ScriptToken[] {
  const kind = KINDS[type];
  if (kind) return [{ type: kind, text: value }];
  switch (type) {
    case "StringLiteral":
    case "NoSubstitutionTemplate":
      return [string(textOf(value.slice(1, -1)))];
    case "TemplateHead":
      return [string(textOf(value.slice(1, -2))), PLUS, OPEN];
    case "TemplateMiddle":
      return [CLOSE, PLUS, string(textOf(value.slice(1, -2))), PLUS, OPEN];
    case "TemplateTail":
      return [CLOSE, PLUS, string(textOf(value.slice(1, -1)))];
    default:
      return [];
  }
}

/** Reads a script's tokens, broken code included: it never throws. */
export function scriptTokens(source: string): ScriptToken[] {
  return [...jsTokens(source)].flatMap(({ type, value }) => tokensOf(type, value));
}
