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

function halvesOf({ a, b }: Sum): [string, string] {
  const product = String(a * b);
  return [product.slice(0, 4), product.slice(4)];
}

/** Engines without sums: a section of a name that nothing has is left out, so that the product's halves meet. */
const SECTIONS: Expressions = {
  engines: "Handlebars, Mustache",
  evaluated(sum) {
    const [start, end] = halvesOf(sum);
    const { before, after } = sum;
    return `${before}${start}{{#${after}}}7{{/${after}}}${end}${after}`;
  },
  inert(sum) {
    const [start, end] = halvesOf(sum);
    const { before, after } = sum;
    return `${before}${start}(#${after})7(/${after})${end}${after}`;
  },
};

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
  SECTIONS,
];
