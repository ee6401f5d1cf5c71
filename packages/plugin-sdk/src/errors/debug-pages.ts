import { headerValues } from "@picket/core";
import { type HtmlPage, titleOf } from "../html/index.ts";
import type { Answer } from "./answer.ts";
import { bodyLeak, type Detector, type ErrorLeakId, type Leak } from "./leak.ts";

interface DebugPage {
  readonly product: string;
  /** Default `debug-page`; a console lets the reader run code. */
  readonly claim?: ErrorLeakId;
  /** What only the product's own page has; the snippet, or null. */
  proof(answer: Answer, page: HtmlPage): string | null;
}

function scriptText(page: HtmlPage): string {
  return page.texts
    .filter(({ within }) => within.at(-1) === "script")
    .map(({ text }) => text)
    .join("\n");
}

function hasElement(page: HtmlPage, attribute: "id" | "class", value: string): boolean {
  return page.elements.some(({ attributes }) => attributes[attribute]?.split(/\s+/).includes(value));
}

/** The title, if the page has every one of these elements. */
function titleWith(page: HtmlPage, elements: readonly ["id" | "class", string][]): string | null {
  return elements.every(([attribute, value]) => hasElement(page, attribute, value)) ? titleOf(page) : null;
}

const PAGES: readonly DebugPage[] = [
  {
    product: "Django",
    proof: ({ message }, page) =>
      /DEBUG\s*=\s*True/.test(message) &&
      (hasElement(page, "id", "summary") || hasElement(page, "id", "info"))
        ? titleWith(page, [])
        : null,
  },
  {
    product: "Werkzeug",
    claim: "debug-console",
    proof: (_answer, page) => /\bEVALEX\s*=\s*true\b/.exec(scriptText(page))?.[0] ?? null,
  },
  {
    product: "Werkzeug without console",
    proof: (_answer, page) => /\bEVALEX\s*=\s*false\b/.exec(scriptText(page))?.[0] ?? null,
  },
  {
    product: "Laravel",
    proof: (_answer, page) =>
      /window\.ignite\(|window\.Ignition\b|\bflare\.useIgnition/.exec(scriptText(page))?.[0] ?? null,
  },
  {
    product: "Laravel 11",
    proof: ({ message, status }) =>
      status >= 500 ? (/PHP \d[\w.-]{2,30} — Laravel \d[\w.-]{2,20}/.exec(message)?.[0] ?? null) : null,
  },
  {
    product: "Whoops",
    proof: (_answer, page) =>
      titleWith(page, [
        ["class", "Whoops"],
        ["class", "exception"],
      ]),
  },
  {
    product: "Symfony",
    proof: (_answer, page) =>
      titleWith(page, [
        ["class", "exception-summary"],
        ["class", "exception-message"],
      ]),
  },
  {
    product: "Rails with console",
    claim: "debug-console",
    proof: (_answer, page) =>
      page.elements.some(
        ({ name, attributes }) => name === "script" && attributes["data-template"] === "console",
      )
        ? titleOf(page)
        : null,
  },
  {
    product: "Rails",
    proof: ({ message }, page) =>
      titleOf(page).startsWith("Action Controller: Exception caught") && /Rails\.root:/.test(message)
        ? (/Rails\.root:[^\n]{0,200}/.exec(message)?.[0] ?? null)
        : null,
  },
  {
    product: "Sinatra",
    proof: (_answer, page) =>
      page.elements.find(({ attributes }) => attributes.src?.endsWith("/__sinatra__/404.png"))?.attributes
        .src ??
      titleWith(page, [
        ["id", "backtrace"],
        ["id", "env-info"],
        ["id", "explanation"],
      ]),
  },
  {
    product: "Rack",
    proof: ({ message }, page) =>
      /because you use\s{1,4}Rack::ShowExceptions/.test(message)
        ? titleWith(page, [["id", "requestinfo"]])
        : null,
  },
  {
    product: "ASP.NET",
    proof: ({ message }) =>
      /Server Error in '[^'\n]{1,200}' Application\./.test(message) &&
      /Stack Trace:|Source File:/.test(message)
        ? (/Server Error in '[^'\n]{1,200}' Application\./.exec(message)?.[0] ?? null)
        : null,
  },
  {
    product: "ASP.NET Core",
    proof: ({ message }, page) =>
      hasElement(page, "id", "stackpage") && /An unhandled exception occurred/.test(message)
        ? titleOf(page)
        : null,
  },
  {
    product: "Starlette",
    proof: (_answer, page) =>
      titleOf(page) === "Starlette Debugger" ? titleWith(page, [["class", "traceback-container"]]) : null,
  },
  {
    product: "CakePHP",
    proof: ({ message }, page) =>
      /\bCake\\/.test(message) ? titleWith(page, [["class", "stack-frame-header"]]) : null,
  },
  {
    product: "Yii",
    proof: (_answer, page) =>
      titleWith(page, [
        ["class", "call-stack-item"],
        ["class", "element-wrap"],
      ]),
  },
  {
    product: "CodeIgniter",
    proof: ({ message }) =>
      /Displayed at [\d:]{5,8}[ap]m\s{1,80}—\s{1,80}PHP: \S{1,40}\s{1,80}—\s{1,80}CodeIgniter: \d[\w.]{1,20}/.exec(
        message,
      )?.[0] ?? null,
  },
  {
    product: "Play",
    proof: (_answer, page) =>
      titleWith(page, [
        ["id", "play-error-page"],
        ["id", "source-code"],
      ]),
  },
  {
    product: "Phoenix",
    proof: (_answer, page) =>
      titleWith(page, [
        ["class", "stack-trace-list"],
        ["class", "conn-info"],
      ]),
  },
  {
    product: "Mojolicious",
    proof: ({ status }, page) =>
      status >= 400 && /^(?:Server error|Page not found) \(development mode\)$/i.test(titleOf(page))
        ? titleOf(page)
        : null,
  },
  {
    product: "ColdFusion",
    proof: ({ message, status }, page) =>
      status >= 400 && titleOf(page) === "Error Occurred While Processing Request"
        ? (/The error occurred in\s{1,20}\S[^\n]{0,300}/.exec(message)?.[0] ?? null)
        : null,
  },
  {
    product: "Lucee",
    proof: ({ message }, page) =>
      hasElement(page, "id", "-lucee-err")
        ? (/Lucee \d[\d.]{2,20} Error[^\n]{0,100}/.exec(message)?.[0] ?? null)
        : null,
  },
];

function profilerLeak({ headers }: Answer): Leak[] {
  const [link] = headerValues(headers, "x-debug-token-link");
  if (link === undefined) return [];
  const snippet = `x-debug-token-link: ${link}`;
  const location = { part: "response_header", name: "x-debug-token-link" } as const;
  return [{ claim: "debug-page", key: "Symfony profiler", snippet, kind: "observation", location }];
}

export const debugPages: Detector = (answer) => {
  const { page } = answer;
  if (!page) return profilerLeak(answer);
  const leaks = PAGES.flatMap(({ product, claim = "debug-page", proof }): Leak[] => {
    const snippet = proof(answer, page);
    return snippet === null ? [] : [bodyLeak({ claim, key: product, snippet })];
  });
  return [...leaks, ...profilerLeak(answer)];
};
