import { textCodec } from "./body-text.ts";
import { markText } from "./redact-text.ts";
import { createMarker, type RedactionPolicy } from "./redaction-mark.ts";

export interface RedactedBody {
  bytes: Uint8Array;
  /** How many values were replaced. 0: `bytes` are those that were given. */
  redactions: number;
}

/** A body with its secrets replaced by marks. Binary bodies, and all bytes that are no secret, stay as they are. */
export function redactBody(
  bytes: Uint8Array,
  contentType: string | null,
  policy: RedactionPolicy,
): RedactedBody {
  const codec = textCodec(bytes, contentType);
  if (!codec) return { bytes, redactions: 0 };
  const marker = createMarker(policy, codec.characters);
  const text = markText(codec.decode(bytes), policy, marker);
  return marker.count() === 0
    ? { bytes, redactions: 0 }
    : { bytes: codec.encode(text), redactions: marker.count() };
}
