/** Shorter values are too common in ordinary text to be masked wherever they occur. */
export const MIN_SECRET_LENGTH = 4;

/** Texts in which a value may show: as it is, and as URLs, forms, JSON, hex and base64 carry it. */
export function secretForms(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const percent = encodeURIComponent(secret.toWellFormed());
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const forms = [
    secret,
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (digits) => digits.toLowerCase()),
    percent.replaceAll("%20", "+"),
    JSON.stringify(secret).slice(1, -1),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
  ];
  return [...new Set(forms)].filter((form) => form.length >= MIN_SECRET_LENGTH);
}

/**
 * The base64 digits that depend on the bytes alone when `offset` other bytes (mod 3) stand before them, as in the
 * `user:password` of basic authentication; in the standard and the URL alphabet.
 */
function base64At(bytes: Uint8Array, offset: number): string[] {
  const padded = String.fromCharCode(...new Uint8Array(offset), ...bytes);
  const digits = btoa(padded).replace(/={1,2}$/, "");
  const isCutShort = (offset + bytes.length) % 3 !== 0;
  const standard = digits.slice(offset === 0 ? 0 : offset + 1, isCutShort ? -1 : undefined);
  return [standard, standard.replaceAll("+", "-").replaceAll("/", "_")];
}
