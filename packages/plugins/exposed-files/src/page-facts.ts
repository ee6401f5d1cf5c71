import { Parser } from "htmlparser2";

/** What a page is told apart by: its own elements, never what it writes about. */
export interface PageFacts {
  readonly title: string;
  /** Texts of h1, h2 and h3, in order. */
  readonly headings: readonly string[];
  /** Names of form fields. */
  readonly fields: ReadonlySet<string>;
  readonly ids: ReadonlySet<string>;
  /** Inline scripts, one after the other. */
  readonly scripts: string;
  /** All text outside of scripts and styles. */
  readonly text: string;
}

const HEADINGS = new Set(["h1", "h2", "h3"]);

/** Spaces as a reader sees them. */
function tidy(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Reads a page with an HTML parser; it never throws. */
export function pageFacts(html: string): PageFacts {
  const texts = { title: "", script: "", style: "", rest: "" };
  const headings: string[] = [];
  const fields = new Set<string>();
  const ids = new Set<string>();
  let inside: keyof typeof texts = "rest";
  let isHeading = false;
  const parser = new Parser({
    onopentag(name, { name: field, id }) {
      if (name === "title" || name === "script" || name === "style") inside = name;
      if (HEADINGS.has(name)) {
        isHeading = true;
        headings.push("");
      }
      if ((name === "input" || name === "select") && field) fields.add(field);
      if (id) ids.add(id);
    },
    ontext(text) {
      texts[inside] += text;
      if (isHeading) headings.push((headings.pop() ?? "") + text);
    },
    onclosetag(name) {
      if (name === inside) inside = "rest";
      if (HEADINGS.has(name)) isHeading = false;
      texts.rest += " ";
    },
  });
  parser.end(html);
  return {
    title: tidy(texts.title),
    headings: headings.map(tidy),
    fields,
    ids,
    scripts: texts.script,
    text: tidy(texts.rest),
  };
}
