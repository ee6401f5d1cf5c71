/** What a parser does with the entities of a document. */
export interface XmlRules {
  /** What is behind an external entity; null: it is not loaded. */
  load(address: string): Promise<string | null>;
}

const GENERAL = /<!ENTITY\s+(\w{1,40})\s+(SYSTEM\s+)?"([^"]{0,2000})"\s*>/g;
const PARAMETER = /<!ENTITY\s+%\s+(\w{1,40})\s+SYSTEM\s+"([^"]{0,2000})"\s*>/g;
/** Entities inside one another. */
const DEPTH = 3;

function expand(text: string, entities: ReadonlyMap<string, string>): string {
  let expanded = text;
  for (let depth = 0; depth < DEPTH; depth += 1)
    expanded = expanded.replace(/&(\w{1,40});/g, (whole, name: string) => entities.get(name) ?? whole);
  return expanded;
}

/**
 * As much of a parser as its entities need: the text of the first element without children, entities expanded. An
 * external one is loaded where it is referred to, in the DTD or in the document.
 */
export async function readXml(document: string, { load }: XmlRules): Promise<string> {
  const [doctype = ""] = /<!DOCTYPE[^[>]{0,200}(?:\[[^\]]{0,5000}\])?\s*>/.exec(document) ?? [];
  const content = document.slice(document.indexOf(doctype) + doctype.length);
  for (const [, name, address = ""] of doctype.matchAll(PARAMETER))
    if (doctype.includes(`%${name};`)) await load(address);
  const entities = new Map<string, string>();
  for (const [, name = "", external, value = ""] of doctype.matchAll(GENERAL)) {
    const isUsed = content.includes(`&${name};`);
    const text = external === undefined ? value : isUsed ? await load(value) : null;
    if (text !== null) entities.set(name, text);
  }
  const [, text = ""] =
    /<\w[^>]{0,200}>([^<>]{0,5000})<\//.exec(content.replace(/<!--.{0,5000}?-->/g, "")) ?? [];
  return expand(text, entities);
}
