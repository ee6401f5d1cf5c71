/** Classes, single characters and counts: what patterns of forms are mostly made of. */
const PIECE = /\\([dwsDWS])|\\([^\w])|\[([^\]^\\]{1,64}|\\d|\\w)\]|([\w@ /:.,#!%&=_-])/y;
const COUNT = /\{(\d{1,3})(?:,\d{0,3})?\}|([*+?])/y;
const CLASSES: Record<string, string> = { d: "1", w: "a", s: " ", D: "a", W: "-", S: "a" };

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function characterOf([, klass, escaped, members, literal]: RegExpExecArray): string {
  if (klass !== undefined) return CLASSES[klass] ?? "a";
  if (members?.startsWith("\\")) return CLASSES[members.charAt(1)] ?? "a";
  return escaped ?? members?.charAt(0) ?? (literal === "." ? "a" : (literal ?? ""));
}

function repeats([, exact, sign]: RegExpExecArray): number {
  return exact === undefined ? Number(sign === "+") : Number(exact);
}

/**
 * A text that a simple `pattern` attribute accepts; null for one with groups, alternatives or exclusions. The pattern is
 * never run: it is the target's, and could take forever.
 */
export function examplePattern(pattern: string): string | null {
  const text = pattern.replace(/^\^/, "").replace(/\$$/, "");
  let example = "";
  for (let at = 0; at < text.length; ) {
    const piece = matchAt(PIECE, text, at);
    if (!piece) return null;
    at += piece[0].length;
    const count = matchAt(COUNT, text, at);
    at += count?.[0].length ?? 0;
    example += characterOf(piece).repeat(count ? repeats(count) : 1);
    if (example.length > 256) return null;
  }
  return example;
}
