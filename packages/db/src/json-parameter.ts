/**
 * JSON for a `jsonb` parameter. What Postgres cannot store, NUL and halves of surrogate pairs, becomes U+FFFD, in keys
 * and values: such text comes from targets and plugins, and must not make a whole batch fail.
 */
export function jsonParameter(value: unknown): string {
  const json = JSON.stringify(value);
  if (!json.includes("\\u")) return json;
  // JSON.stringify writes exactly these characters as \uXXXX escapes of lower-case hex; other escapes are passed over.
  return json.replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|[^u]|u)/g, (code) =>
    code === "\\u0000" || code.startsWith("\\ud") ? "\\ufffd" : code,
  );
}

/** The same for a `text` parameter. */
export function textParameter(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\ufffd");
}
