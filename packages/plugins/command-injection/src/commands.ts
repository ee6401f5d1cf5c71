import type { Arithmetic, Delaying } from "@picket/plugin-sdk/probe";

/**
 * A command in each of the places that a value may stand in: bare, in single and in double quotes. In each of them one of
 * the three is run, and what follows it is a comment.
 */
function everywhere(value: string, separator: string, command: string): string {
  const part = `${separator}${command}`;
  return `${value}${part} #'${part} #"${part} #`;
}

/** What ends one command and begins another: for filters that know one of them. */
const SEPARATORS = [";", "|", "\n"] as const;

/** Has the shell print a sum of its own working out. */
export function sumsFor(value: string): readonly Arithmetic[] {
  return SEPARATORS.map((separator) => ({
    evaluated: ({ before, a, b, after }) =>
      everywhere(value, separator, `echo ${before}$((${a}*${b}))${after}`),
    inert: ({ before, a, b, after }) => `${value} echo ${before}(${a}*${b})${after}`,
  }));
}

/** A delay where nothing of what the command prints comes back. `inert` names it as an argument. */
export function sleepFor(value: string): { readonly delaying: Delaying; readonly inert: Delaying } {
  return {
    delaying: (seconds) => everywhere(value, ";", `sleep ${seconds}`),
    inert: (seconds) => `${value} sleep ${seconds}`,
  };
}
