function charsetOf(contentType: string): string {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1] ?? "utf-8";
}

function decoderFor(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    // An unknown label: browsers would sniff, UTF-8 is what the web mostly is.
    return new TextDecoder();
  }
}

/**
 * A body as text, by the charset of its `Content-Type` header (WHATWG Encoding labels, default UTF-8). Bytes that do
 * not decode become U+FFFD; it never throws.
 */
export function bodyText(bytes: Uint8Array, contentType = ""): string {
  return decoderFor(charsetOf(contentType)).decode(bytes);
}
