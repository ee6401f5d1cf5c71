import type { Arithmetic, Sum } from "@picket/plugin-sdk/probe";

/** Ways to have one language's code work a sum out. */
export interface Code extends Arithmetic {
  readonly language: string;
}

const inert: Arithmetic["inert"] = ({ before, a, b, after }) => `${before}(${a}*${b})${after}`;

/** The digits that give each half of a word of letters in base 36: quotes are what filters escape. */
function digitsOf(word: string): number[] {
  return [word.slice(0, word.length / 2), word.slice(word.length / 2)].map((half) =>
    Number.parseInt(half, 36),
  );
}

function phpPrint({ before, a, b, after }: Sum): string {
  const wordOf = (word: string) =>
    digitsOf(word)
      .map((digits) => `base_convert(${digits},10,36)`)
      .join(".");
  return `print(${wordOf(before)}.(${a}*${b}).${wordOf(after)})`;
}

/**
 * A print in each place that a value may stand in within code of PHP: as an expression, where a comment follows, in a
 * string of single quotes, which it ends and begins anew, and in one of double quotes, which evaluates what braces hold.
 */
const PHP: Code = {
  language: "PHP",
  inert,
  evaluated(sum) {
    const print = phpPrint(sum);
    return `${print};/*'.${print}.'{\${${print}}}*/`;
  },
};

function javascriptText({ before, a, b, after }: Sum): string {
  const wordOf = (word: string) =>
    digitsOf(word)
      .map((digits) => `(${digits}).toString(36)`)
      .join("+");
  return `${wordOf(before)}+${a}*${b}+${wordOf(after)}`;
}

/** In the same places: as an expression, in strings of single and of double quotes, and in a template literal. */
const JAVASCRIPT: Code = {
  language: "JavaScript",
  inert,
  evaluated(sum) {
    const text = javascriptText(sum);
    return `${text}/*'+${text}+'"+${text}+"\${${text}}*/`;
  },
};

/**
 * Both languages put a number into a text by `%`. As an expression, before a string that holds the same again, which
 * ends and begins a string of single quotes where the value stands in one.
 */
const PYTHON: Code = {
  language: "Python, Ruby",
  inert,
  evaluated({ before, a, b, after }) {
    const text = `"${before}%d${after}"%(${a}*${b})`;
    return `${text}+'+${text}+'`;
  },
};

export const CODES: readonly Code[] = [PHP, JAVASCRIPT, PYTHON];
