import { type AST, parseRegExpLiteral } from "@eslint-community/regexpp";
import { isDisjointWith, JS, NFA } from "refa";
import { analyse } from "scslre";

type Elements = readonly AST.Element[];

/** A loop without an end, between what has to match before it and what has to match after it. */
interface Loop {
  before: Elements;
  body: AST.Element;
  after: Elements;
}

const isStart = (element: AST.Element) => element.type === "Assertion" && element.kind === "start";
const isAssertion = ({ type }: AST.Element) => type === "Assertion";

/** Copies of a bounded repetition cost a constant factor, and automata a state each. */
function withSmallBounds(pattern: string): string {
  return pattern.replace(/(?<!\\)\{(\d+)(,?)(\d*)\}/g, (_all, least: string, comma: string, most: string) => {
    const [low, high] = [Math.min(Number(least), 1), Math.min(Number(most), 2)];
    return `{${low}${comma}${most === "" ? "" : high}}`;
  });
}

function* loops(
  alternatives: readonly AST.Alternative[],
  before: Elements,
  after: Elements,
): Generator<Loop> {
  for (const { elements } of alternatives) {
    for (const [index, element] of elements.entries()) {
      const around = [
        [...before, ...elements.slice(0, index)],
        [...elements.slice(index + 1), ...after],
      ] as const;
      if (element.type === "Quantifier" && element.max === Number.POSITIVE_INFINITY)
        yield { before: around[0], body: element, after: around[1] };
      const inner = element.type === "Quantifier" ? element.element : element;
      if (inner.type === "Group" || inner.type === "CapturingGroup")
        yield* loops(inner.alternatives, ...around);
    }
  }
}

/** Without what matches at the text's start alone: a pattern begins there once. */
function rawOf(element: AST.Element, { multiline }: AST.Flags): string {
  if (element.type !== "Group" || multiline) return element.raw;
  const repeated = element.alternatives.filter(({ elements }) => !elements.some(isStart));
  return repeated.length === 0 ? element.raw : repeated.map(({ raw }) => raw).join("|");
}

function automaton(elements: Elements, flags: AST.Flags, anythingFirst = ""): NFA {
  const source = anythingFirst + elements.map((element) => `(?:${rawOf(element, flags)})`).join("");
  const parser = JS.Parser.fromLiteral({ source, flags: flags.raw });
  const { expression, maxCharacter } = parser.parse({ assertions: "ignore", backreferences: "disable" });
  return NFA.fromRegex(expression, { maxCharacter });
}

const isLookbehind = (element?: AST.Element) =>
  element?.type === "Assertion" && element.kind === "lookbehind";

/**
 * Whether the loop, once begun, reads over places where the whole pattern would begin again, and may fail behind them.
 * A lookbehind right before the loop is believed to keep it from that.
 */
function beginsAgain({ before, body, after }: Loop, flags: AST.Flags): boolean {
  if (flags.sticky || isLookbehind(before.at(-1)) || (before.some(isStart) && !flags.multiline)) return false;
  const canFail = after.some(isAssertion) || !automaton(after, flags).test([]);
  if (!canFail) return false;
  const line = before.some(isStart) ? "\\n" : "";
  return !isDisjointWith(automaton(before, flags, `[^]*${line}`), automaton([body], flags));
}

/**
 * Why a pattern takes more time than in proportion to the text, at worst; null where it does not. Knows two ways:
 * quantifiers that can trade characters with each other (scslre), and a loop over what the pattern begins with, which
 * starts anew at each of them.
 */
export function slownessOf(pattern: string, flags: string): string | null {
  const source = withSmallBounds(pattern);
  const [report] = analyse({ source, flags }, { assumeRejectingSuffix: false }).reports;
  if (report) return `${report.type === "Move" ? "begins anew" : "trades characters"} (scslre)`;
  const parsed = parseRegExpLiteral(`/${source}/${flags}`);
  const loop = [...loops(parsed.pattern.alternatives, [], [])].find((each) =>
    beginsAgain(each, parsed.flags),
  );
  return loop ? `${loop.body.raw} reads over new beginnings of the pattern, and what follows can fail` : null;
}
