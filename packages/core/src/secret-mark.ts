/**
 * What stands in stored texts in place of a secret: `[redacted:<kind>:<fingerprint>~<trait>~<trait>]`. Fingerprint and
 * traits may be missing. Marks are all that passive plugins get to see of a secret.
 */
export interface SecretMark {
  /** What the value was taken for, such as `github_token` or, after its field's name, `password`. */
  readonly kind: string;
  /** Six hex digits, the same for equal values; null where none were made. */
  readonly fingerprint: string | null;
  /** What is known of the value (`secretTraits`). */
  readonly traits: readonly string[];
}

/** A mark in a text. */
export interface FoundMark extends SecretMark {
  /** Of its first character. */
  readonly start: number;
  readonly end: number;
}

const MARK = "\\[redacted:([a-z_]{1,40})(?::([0-9a-f]{6}))?((?:~[a-z0-9.-]{1,40}){0,12})\\]";
const ANY_MARK = new RegExp(MARK, "g");
/** With an authentication scheme before it, as in `Bearer [redacted:jwt]`, it is whole too. */
const WHOLE_MARK = new RegExp(`^(?:\\w{1,20} )?${MARK}$`);

export function secretMarkText({ kind, fingerprint, traits }: SecretMark): string {
  const id = fingerprint === null ? "" : `:${fingerprint}`;
  return `[redacted:${kind}${id}${traits.map((trait) => `~${trait}`).join("")}]`;
}

export function isSecretMark(text: string): boolean {
  return WHOLE_MARK.test(text);
}

/** All marks of a text, in order. */
export function* findSecretMarks(text: string): Generator<FoundMark> {
  for (const { index, 0: all, 1: kind = "", 2: fingerprint, 3: traits = "" } of text.matchAll(ANY_MARK)) {
    yield {
      kind,
      fingerprint: fingerprint ?? null,
      traits: traits.split("~").filter((trait) => trait !== ""),
      start: index,
      end: index + all.length,
    };
  }
}
