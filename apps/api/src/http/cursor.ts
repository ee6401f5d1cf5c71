import { createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "@picket/core";
import type { PageKey } from "@picket/db";

/** Turns where a page ends into the opaque text that asks for the next, and back. */
export interface CursorCodec {
  /** `list`: whatever the key belongs to, as text: the list, its filters and its order. */
  encode(key: PageKey, list: string): string;
  /** Throws INVALID_INPUT for what `encode` did not give for this very list. */
  decode(cursor: string, list: string): PageKey;
}

const MAC_BYTES = 16;

/** Cursors are signed, so a handler can trust the key in them and none fits another list. */
export function createCursorCodec(secret: string): CursorCodec {
  const macOf = (payload: Buffer, list: string) =>
    createHmac("sha256", secret)
      .update("cursor\0")
      .update(list)
      .update("\0")
      .update(payload)
      .digest()
      .subarray(0, MAC_BYTES);
  return {
    encode(key, list) {
      const payload = Buffer.from(JSON.stringify(key));
      return Buffer.concat([macOf(payload, list), payload]).toString("base64url");
    },
    decode(cursor, list) {
      const bytes = Buffer.from(cursor, "base64url");
      const payload = bytes.subarray(MAC_BYTES);
      const mac = bytes.subarray(0, MAC_BYTES);
      if (mac.length === MAC_BYTES && timingSafeEqual(mac, macOf(payload, list))) {
        return JSON.parse(payload.toString()) as PageKey;
      }
      throw new AppError("INVALID_INPUT", "the cursor does not belong to this list", {
        hint: "Use `next` as it was given, with the same filters and order; leave it out for the first page.",
        details: { issues: [{ in: "query", path: "cursor", message: "does not belong to this list" }] },
      });
    },
  };
}
