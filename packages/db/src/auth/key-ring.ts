import { AppError } from "@picket/core";

/** Keys that wrap data keys, by id. The first one wraps what is new; the others still open what is old. */
export interface KeyRing {
  /** Throws SECRET_KEY_UNAVAILABLE when there is none. */
  current(): { id: string; key: Uint8Array };
  /** Throws SECRET_KEY_UNAVAILABLE when there is no key with this id. */
  byId(id: string): Uint8Array;
}

export type NamedKeys = readonly { id: string; key: Uint8Array }[];

const HINT =
  "Set SECRET_KEYS or SECRET_KEYS_FILE to the same `id:key` entries for API and workers, the newest first, and keep an old key until `picket auth rotate-keys` has run.";

export function createKeyRing(keys: NamedKeys): KeyRing {
  return {
    current() {
      const [first] = keys;
      if (first) return first;
      throw new AppError("SECRET_KEY_UNAVAILABLE", "no key to encrypt secrets with is configured", {
        hint: HINT,
      });
    },
    byId(id) {
      const found = keys.find((key) => key.id === id);
      if (found) return found.key;
      throw new AppError(
        "SECRET_KEY_UNAVAILABLE",
        `a secret is encrypted under key ${id}, which is not configured`,
        {
          hint: HINT,
          details: { keyId: id },
        },
      );
    },
  };
}
