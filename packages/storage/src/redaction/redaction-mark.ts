import { createHmac } from "node:crypto";
import { isSecretMark, secretMarkText, secretTraits } from "@picket/core";
import { hasWeakKey } from "./weak-keys.ts";

/** Version of the rules in this folder; stored with every body and snippet. Any change of a rule raises it. */
export const REDACTION_VERSION = 7;

/** What is redacted beside credentials, and how equal values are told. */
export interface RedactionPolicy {
  emails: boolean;
  /** Payment card numbers, by their check digit. */
  cards: boolean;
  /**
   * Key of the fingerprints in marks. A bare hash of a password, a card number or a short token could be guessed by
   * hashing candidates, so without a key marks carry no fingerprint at all.
   */
  key?: string | undefined;
}

export type SecretKind =
  | "authorization"
  | "aws_key"
  | "basic"
  | "bearer"
  | "card"
  | "cookie"
  | "email"
  | "github_token"
  | "gitlab_token"
  | "google_key"
  | "jwt"
  | "key"
  | "npm_token"
  | "password"
  | "private_key"
  | "secret"
  | "session"
  | "slack_token"
  | "stripe_key"
  | "token";

/** Replaces values by marks such as `[redacted:npm_token:ab12cd~checksum]` and counts them. */
export interface Marker {
  mark(kind: SecretKind, value: string): string;
  count(): number;
}

const PERSONAL: ReadonlySet<SecretKind> = new Set(["card", "email"]);

/** A text made of tiny secrets must not cost an HMAC each; marks after these carry neither fingerprint nor traits. */
const MAX_FINGERPRINTS = 1_000;
/** Signed tokens of a text whose keys are tried: some 150 HMACs each. */
const MAX_TRIED_TOKENS = 50;

/**
 * The fingerprint is the first 24 bits of HMAC-SHA256(key, value): equal values look equal wherever they occur, and
 * two different ones look equal once in 16 million. `encoding` is that of the texts the values come from. A mark is
 * never marked again.
 */
export function createMarker({ key }: RedactionPolicy, encoding: "utf8" | "latin1"): Marker {
  let count = 0;
  let tried = 0;
  const isWeak = (value: string) =>
    value.startsWith("eyJ") && ++tried <= MAX_TRIED_TOKENS && hasWeakKey(value);
  const traitsOf = (value: string) => [...secretTraits(value), ...(isWeak(value) ? ["weak-key"] : [])];
  const fingerprint = (value: string) =>
    key === undefined || count > MAX_FINGERPRINTS
      ? null
      : createHmac("sha256", key).update(value, encoding).digest("hex").slice(0, 6);
  return {
    mark(kind, value) {
      if (isSecretMark(value)) return value;
      count++;
      const traits = count > MAX_FINGERPRINTS || PERSONAL.has(kind) ? [] : traitsOf(value);
      return secretMarkText({ kind, fingerprint: fingerprint(value), traits });
    },
    count: () => count,
  };
}

/** All marks but `[redacted:auth]`, which the broker put in place of the scan's own credentials. */
const FORGED = /\[redacted:(?!auth\])/g;

/**
 * A target's text in which no mark stands that it wrote itself: `[redacted;` in place of its `[redacted:`. Passive
 * plugins believe marks, so a forged one would become a finding.
 */
export function withoutForgedMarks(text: string): string {
  return text.includes("[redacted:") ? text.replace(FORGED, "[redacted;") : text;
}

/** One rule: the text with what it finds marked. Linear in the text's length, whatever it holds. */
export type Rule = (text: string, marker: Marker) => string;

export interface Span {
  kind: SecretKind;
  start: number;
  end: number;
  /** True for a value without quotes where the mark needs some. */
  isBare?: boolean;
}

/** The text with these spans marked; they come in order and do not overlap. */
export function markSpans(text: string, spans: Iterable<Span>, marker: Marker): string {
  let result = "";
  let done = 0;
  for (const { kind, start, end, isBare } of spans) {
    const mark = marker.mark(kind, text.slice(start, end));
    result += text.slice(done, start) + (isBare ? `"${mark}"` : mark);
    done = end;
  }
  return done === 0 ? text : result + text.slice(done);
}
