const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

function characterOf(code: number): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
}

/**
 * A body without the escapes that HTML, JSON and URLs put into text: what a page says, in whatever way it writes quotes
 * and brackets. For comparing and for finding words; it is no parser.
 */
export function plainText(text: string): string {
  return text
    .replace(/&#x([0-9a-f]{1,6});/gi, (_, hex: string) => characterOf(Number.parseInt(hex, 16)))
    .replace(/&#([0-9]{1,7});/g, (_, code: string) => characterOf(Number(code)))
    .replace(/&(amp|lt|gt|quot|apos|nbsp);/g, (_, name: string) => NAMED[name] ?? "")
    .replace(/\\u00([2-7][0-9a-f])/gi, (_, hex: string) => characterOf(Number.parseInt(hex, 16)))
    .replace(/%([2-7][0-9a-f])/gi, (_, hex: string) => characterOf(Number.parseInt(hex, 16)))
    .replace(/\\(["'`/\\])/g, "$1");
}
