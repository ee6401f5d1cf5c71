import jsTokens from "js-tokens";

/** A token of a script; white space and comments are left out. */
export interface ScriptToken {
  readonly type: "string" | "name" | "sign" | "other";
  /** Of a string its text, with `PLACEHOLDER` for each value that is put into it. */
  readonly text: string;
}

/** Stands for a value that only the running script knows. It looks like an identifier, so that routes see one. */
export const PLACEHOLDER = "1";

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

/** A template literal that is open: its text so far, and how many tokens there were before it. */
interface OpenTemplate {
  text: string;
  start: number;
}

/** Goes on with a template literal; the expression before this part of it is replaced by its placeholder. */
function continueTemplate(
  tokens: ScriptToken[],
  templates: OpenTemplate[],
  part: string,
  isLast: boolean,
): void {
  const template = templates.at(-1);
  if (!template) return;
  template.text += PLACEHOLDER + textOf(part.slice(1, isLast ? -1 : -2));
  tokens.length = template.start;
  if (!isLast) return;
  templates.pop();
  tokens.push({ type: "string", text: template.text });
}

/**
 * Reads a script's tokens, broken code included (it never throws). A template literal is one string, and so are strings
 * that are joined with `+`: what is put between or behind them is `PLACEHOLDER`.
 */
export function scriptTokens(source: string): ScriptToken[] {
  const tokens: ScriptToken[] = [];
  const templates: OpenTemplate[] = [];
  for (const { type, value } of jsTokens(source)) {
    const kind = KINDS[type];
    if (kind) tokens.push({ type: kind, text: value });
    else if (type === "StringLiteral" || type === "NoSubstitutionTemplate")
      tokens.push({ type: "string", text: textOf(value.slice(1, -1)) });
    else if (type === "TemplateHead")
      templates.push({ text: textOf(value.slice(1, -2)), start: tokens.length });
    else if (type === "TemplateMiddle" || type === "TemplateTail")
      continueTemplate(tokens, templates, value, type === "TemplateTail");
  }
  return joined(tokens);
}

/** `"/user/" + id + "/edit"` becomes `/user/1/edit`; of what is put in only names and their members are understood. */
function joined(tokens: readonly ScriptToken[]): ScriptToken[] {
  const result: ScriptToken[] = [];
  for (let index = 0; index < tokens.length; ) {
    const token = tokens[index];
    if (!token) break;
    index += 1;
    if (token.type !== "string") {
      result.push(token);
      continue;
    }
    let { text } = token;
    while (tokens[index]?.text === "+" && tokens[index]?.type === "sign") {
      const [part, next] = operandAt(tokens, index + 1);
      if (next === index + 1) break;
      text += part;
      index = next;
    }
    result.push({ type: "string", text });
  }
  return result;
}

const OPENING = new Set(["(", "["]);
const CLOSING = new Set([")", "]"]);
const MAX_OPERAND_TOKENS = 60;

/** The text of what is joined at `start`, and the index behind it. */
function operandAt(tokens: readonly ScriptToken[], start: number): [text: string, next: number] {
  const first = tokens[start];
  if (first?.type === "string") return [first.text, start + 1];
  if (!first || (first.type === "sign" && !OPENING.has(first.text))) return ["", start];
  let depth = 0;
  let index = start;
  for (; index < Math.min(tokens.length, start + MAX_OPERAND_TOKENS); index++) {
    const { type, text } = tokens[index] ?? first;
    if (type === "sign" && OPENING.has(text)) depth += 1;
    else if (type === "sign" && CLOSING.has(text)) depth -= 1;
    else if (depth === 0 && type === "sign" && text !== "." && text !== "?.") break;
    if (depth < 0) break;
  }
  return [PLACEHOLDER, index];
}
