import { parseJson } from "@picket/core";
/** Content of a file that may be exposed. */
export interface Content {
  readonly bytes: Uint8Array;
  /** The bytes as UTF-8. */
  readonly text: string;
  readonly isHtml: boolean;
}

/** What only the claimed file has. The snippet names no secret. */
export interface Proof {
  readonly snippet: string;
  /** Byte offset where it starts. */
  readonly offset: number;
}

/** Pure: null unless the content is what it claims to be. */
export type Prove = (content: Content) => Proof | null;

const MAX_SNIPPET = 500;

export function startProof(snippet: string): Proof {
  return { snippet: snippet.slice(0, MAX_SNIPPET), offset: 0 };
}

export function matchProof({ text }: Content, match: RegExpExecArray | null): Proof | null {
  if (!match) return null;
  const offset = new TextEncoder().encode(text.slice(0, match.index)).length;
  return { snippet: match[0].trim().slice(0, MAX_SNIPPET), offset };
}

/** Lines that are neither blank nor a comment. */
export function meaningfulLines(text: string): string[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** The object that a text is in JSON; null when it is none. */
export function tryJsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = parseJson(text);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    // Not JSON, or cut off: no proof either way.
    return null;
  }
}
