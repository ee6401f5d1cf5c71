import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { AppError } from "@picket/core";
import type { KeyRing } from "./key-ring.ts";

/** Nonce and tag of AES-256-GCM (NIST SP 800-38D), bytes. */
const NONCE = 12;
const TAG = 16;

/** What a secret is bound to: an envelope that was moved to another row does not open. */
export interface SecretPlace {
  profileId: string;
  field: string;
}

export interface Envelope {
  /** Which key wraps the data key. */
  keyId: string;
  wrappedKey: Uint8Array;
  ciphertext: Uint8Array;
}

/** Bytes as a parameter that every driver takes; SQL decodes them. */
export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** Encrypts under a random data key of its own, which the ring's current key wraps. */
export function sealSecret(ring: KeyRing, place: SecretPlace, secret: string): Envelope {
  const { id, key } = ring.current();
  const dataKey = randomBytes(32);
  return {
    keyId: id,
    wrappedKey: seal(key, place, dataKey),
    ciphertext: seal(dataKey, place, Buffer.from(secret, "utf8")),
  };
}

/** Throws SECRET_KEY_UNAVAILABLE without its key, INTERNAL when anything of it was changed or belongs elsewhere. */
export function openSecret(ring: KeyRing, place: SecretPlace, envelope: Envelope): string {
  const dataKey = open(ring.byId(envelope.keyId), place, envelope.wrappedKey);
  return open(dataKey, place, envelope.ciphertext).toString("utf8");
}

/** The same ciphertext under the ring's current key. Throws as `openSecret` does. */
export function rewrapSecret(ring: KeyRing, place: SecretPlace, envelope: Envelope): Envelope {
  const { id, key } = ring.current();
  const dataKey = open(ring.byId(envelope.keyId), place, envelope.wrappedKey);
  return { ...envelope, keyId: id, wrappedKey: seal(key, place, dataKey) };
}

function boundTo({ profileId, field }: SecretPlace): Buffer {
  return Buffer.from(`picket:auth_secret:1:${profileId}:${field}`, "utf8");
}

/** Nonce, ciphertext, tag. A random nonce is safe: a data key seals once, a wrapping key far less than 2^32 times. */
function seal(key: Uint8Array, place: SecretPlace, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(boundTo(place));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Uint8Array, place: SecretPlace, sealed: Uint8Array): Buffer {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE), { authTagLength: TAG });
    decipher.setAAD(boundTo(place)).setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()]);
  } catch (cause) {
    const { profileId, field } = place;
    throw new AppError("INTERNAL", `secret ${field} of auth profile ${profileId} does not open`, {
      hint: "Its row was changed, or the key of its id is another one than before. Write the secret anew.",
      cause,
    });
  }
}
