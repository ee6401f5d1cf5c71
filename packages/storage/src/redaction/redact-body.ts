import { textCodec } from "./body-text.ts";
import { markText } from "./redact-text.ts";
import { createMarker, type RedactionPolicy, withoutForgedMarks } from "./redaction-mark.ts";

export interface RedactedBody {
  bytes: Uint8Array;
  /** How many values were replaced, forged marks counted as one. 0: `bytes` are those that were given. */
  redactions: number;
}

/**
 * A body with its secrets replaced by marks, and without marks of its own. Binary bodies, and all bytes that are
 * neither, stay as they are.
 */
export function redactBody(
  bytes: Uint8Array,
  contentType: string | null,
  policy: RedactionPolicy,
): RedactedBody {
  const codec = textCodec(bytes, contentType);
  if (!codec) return { bytes, redactions: 0 };
  const marker = createMarker(policy, codec.characters);
  const sent = codec.decode(bytes);
  const own = withoutForgedMarks(sent);
  const text = markText(own, policy, marker);
  const redactions = marker.count() + Number(own !== sent);
  return { bytes: redactions === 0 ? bytes : codec.encode(text), redactions };
}
