type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/** Tokens of a JSON Pointer (RFC 6901); a name without a leading slash is one token. */
function tokensOf(pointer: string): string[] {
  const tokens = pointer.startsWith("/") ? pointer.slice(1).split("/") : [pointer];
  return tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** An example as the JSON value that it most likely stood for: `7` was a number, `true` a boolean. */
export function jsonValueOf(example: string): Json {
  return /^(?:true|false|null|-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?)$/.test(example)
    ? JSON.parse(example)
    : example;
}

function childOf(holder: Json[] | { [key: string]: Json }, token: string): Json | undefined {
  return Array.isArray(holder) ? holder[Number(token)] : holder[token];
}

function put(holder: Json[] | { [key: string]: Json }, token: string, value: Json): void {
  if (!Array.isArray(holder)) holder[token] = value;
  // Only ever as long as its values: a pointer with a large index asks for no memory.
  else holder[Math.min(Number(token) || 0, holder.length)] = value;
}

/** The document in which each pointer has its value; a token of digits only makes an array. */
export function jsonFrom(values: readonly (readonly [pointer: string, value: Json])[]): Json {
  const isList = values.length > 0 && values.every(([pointer]) => /^\/\d+(?:\/|$)/.test(pointer));
  const root: Json[] | { [key: string]: Json } = isList ? [] : {};
  for (const [pointer, value] of values) {
    const tokens = tokensOf(pointer);
    if (tokens.some((token) => FORBIDDEN.has(token))) continue;
    let holder = root;
    for (const [index, token] of tokens.slice(0, -1).entries()) {
      let child = childOf(holder, token);
      if (typeof child !== "object" || child === null) {
        child = /^\d+$/.test(tokens[index + 1] ?? "") ? [] : {};
        put(holder, token, child);
      }
      holder = child;
    }
    put(holder, tokens.at(-1) ?? "", value);
  }
  return root;
}
