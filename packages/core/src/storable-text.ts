/** Text as Postgres can keep it, in `text` and in `jsonb`: NUL and lone surrogates, which it refuses, become U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

/** The same JSON with every text in it storable, the names of members too. */
export function storableJson<Json>(value: Json): Json {
  const storable = (item: unknown): unknown => {
    if (typeof item === "string") return storableText(item);
    if (Array.isArray(item)) return item.map(storable);
    if (typeof item !== "object" || item === null) return item;
    return Object.fromEntries(
      Object.entries(item).map(([name, member]) => [storableText(name), storable(member)]),
    );
  };
  return storable(value) as Json;
}
