import type { Arithmetic, Sum } from "@picket/plugin-sdk/probe";

/** An expression of PHP that gives a word of letters, without quotes, which filters escape: by its digits in base 36. */
function wordOf(text: string): string {
  const halves = [text.slice(0, text.length / 2), text.slice(text.length / 2)];
  return halves.map((half) => `base_convert(${Number.parseInt(half, 36)},10,36)`).join(".");
}

function printOf({ before, a, b, after }: Sum): string {
  return `print(${wordOf(before)}.(${a}*${b}).${wordOf(after)})`;
}

/**
 * A print in each place that a value may stand in within code of PHP: as an expression, where a comment follows, in a
 * string of single quotes, which it ends and begins anew, and in one of double quotes, which evaluates what braces hold.
 */
export const PHP_CODE: Arithmetic = {
  evaluated(sum) {
    const print = printOf(sum);
    return `${print};/*'.${print}.'{\${${print}}}*/`;
  },
  inert: ({ before, a, b, after }) => `${before}(${a}*${b})${after}`,
};
