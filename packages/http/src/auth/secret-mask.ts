import { type HeaderList, MIN_SECRET_LENGTH, secretForms } from "@picket/core";

/** What stands in place of a credential of the session. */
const AUTH_MARK = "[redacted:auth]";

/** Keeps a session's credentials out of what plugins see and what is stored, in all forms that texts carry them in. */
export interface SecretMask {
  /** From now on; shorter values than `MIN_SECRET_LENGTH` cannot be told from other text. */
  add(secret: string): void;
  text(text: string): string;
  headers(headers: HeaderList): HeaderList;
  /** Of a body that was cut, the end goes too in which the first part of a credential could stand. */
  body(bytes: Uint8Array, isCut: boolean): Uint8Array;
}

export function createSecretMask(): SecretMask {
  const secrets = new Set<string>();
  let forms: string[] = [];
  const text = (value: string) =>
    forms.reduce((left, form) => (left.includes(form) ? left.replaceAll(form, AUTH_MARK) : left), value);
  return {
    add(secret) {
      if (secret.length < MIN_SECRET_LENGTH || secrets.has(secret)) return;
      secrets.add(secret);
      forms = [...new Set([...forms, ...secretForms(secret)])].sort((a, b) => b.length - a.length);
    },
    text,
    headers: (headers) => headers.map(([name, value]) => [name, text(value)]),
    body(bytes, isCut) {
      const longest = forms[0]?.length ?? 0;
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      // A body is searched in its own bytes, so that one without a credential costs no copy.
      const found = forms.map((form) => Buffer.from(form, "utf8")).filter((form) => buffer.includes(form));
      const masked = found.reduce(
        (left, form) => left.replaceAll(form.toString("latin1"), AUTH_MARK),
        found.length > 0 ? buffer.toString("latin1") : "",
      );
      const whole = found.length > 0 ? Buffer.from(masked, "latin1") : bytes;
      return isCut ? whole.subarray(0, Math.max(0, whole.length - longest)) : whole;
    },
  };
}
