/**
 * JSON with object keys in code-unit order and no white space, so equal values give equal text on any machine
 * (RFC 8785 for the values used here: strings, finite numbers, booleans, null, arrays, plain objects).
 * Keys whose value is undefined are left out. Throws TypeError on what JSON cannot carry, such as NaN,
 * a hole in an array, a Date or a Map.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON has no ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(",")}]`;
  const type = Object.prototype.toString.call(value);
  if (typeof value === "object" && type === "[object Object]") return canonicalObject(value);
  throw new TypeError(`canonical JSON has no ${type}`);
}

function canonicalObject(value: object): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

/**
 * Parts as one string from which they can be read back: each is preceded by its length in UTF-16 units and a colon.
 * No choice of parts collides with another, whatever characters they hold.
 */
export function lengthDelimited(parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join("");
}
