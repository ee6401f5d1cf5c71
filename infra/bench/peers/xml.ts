import { Parser } from "htmlparser2";

export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string>>;
  /** Its own, without that of elements in it. */
  text: string;
}

/** All elements of a document, in the order in which they begin. */
export function xmlElements(document: string): XmlElement[] {
  const elements: XmlElement[] = [];
  const open: XmlElement[] = [];
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        const element = { name, attributes, text: "" };
        elements.push(element);
        open.push(element);
      },
      ontext(text) {
        const element = open.at(-1);
        if (element) element.text += text;
      },
      onclosetag: () => void open.pop(),
    },
    { xmlMode: true },
  );
  parser.end(document);
  return elements;
}
