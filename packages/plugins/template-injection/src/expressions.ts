import type { Arithmetic, Sum } from "@picket/plugin-sdk/probe";

/** Expressions that can stand in one text, because none is an error to an engine that evaluates another of them. */
export interface Expressions extends Arithmetic {
  /** Engines that evaluate one of them. */
  readonly engines: string;
}

type Write = (sum: string) => string;

function expressions(engines: string, ...writes: Write[]): Expressions {
  const between = ({ before, a, b, after }: Sum, write: Write) => before + write(`${a}*${b}`) + after;
  return {
    engines,
    evaluated: (sum) => writes.map((write) => between(sum, write)).join(" "),
    inert: (sum) => between(sum, (text) => `(${text})`),
  };
}

/** The most usual engines first. */
export const EXPRESSIONS: readonly Expressions[] = [
  expressions(
    "Jinja2, Twig, Nunjucks, Freemarker, Mako, Pug, expression language",
    (sum) => `{{${sum}}}`,
    (sum) => `\${${sum}}`,
    (sum) => `#{${sum}}`,
  ),
  expressions("ERB, EJS, Underscore", (sum) => `<%=${sum}%>`),
  expressions("Smarty, Latte", (sum) => `{${sum}}`),
  expressions(
    "Thymeleaf, Razor",
    (sum) => `[[\${${sum}}]]`,
    (sum) => `@(${sum})`,
  ),
  expressions("Velocity", (sum) => `#set($q=${sum})$q`),
];
