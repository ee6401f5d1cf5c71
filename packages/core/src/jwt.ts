import { parseJson } from "./parse-json.ts";
/** What a JSON Web Token says of itself (RFC 7519); nothing of it is verified. */
export interface Jwt {
  /** The header's `alg`, as written. */
  readonly algorithm: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** False when the third part is empty. */
  readonly isSigned: boolean;
}

function tryJson(part: string): Record<string, unknown> | null {
  try {
    const json: unknown = parseJson(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof json === "object" && json !== null ? { ...json } : null;
  } catch {
    // Not a token, though it looks like one.
    return null;
  }
}

/** Null when the text is no token in compact form with JSON claims. */
export function tryJwt(text: string): Jwt | null {
  const [header = "", payload = "", signature = "", ...more] = text.split(".");
  const [head, claims] = [tryJson(header), tryJson(payload)];
  if (!head || !claims || typeof head.alg !== "string" || more.length > 0) return null;
  return { algorithm: head.alg, claims, isSigned: signature !== "" };
}
