import { type EndpointParameter, isTokenName, looksLikeToken } from "@picket/core";
import { redactText } from "./redact-text.ts";
import { redactUrl } from "./redact-url.ts";
import type { RedactionPolicy } from "./redaction-mark.ts";

/** Without the example of what is secret, belongs to one session or has to be redacted: part of it would fit nothing. */
export function safeParameter(parameter: EndpointParameter, redaction: RedactionPolicy): EndpointParameter {
  const { name, in: position, example } = parameter;
  if (example === undefined) return { name, in: position };
  const asUrl = `/?${encodeURIComponent(name.split("/").at(-1) ?? name)}=${encodeURIComponent(example)}`;
  const isSafe =
    !isTokenName(name) &&
    !looksLikeToken(example) &&
    redactText(example, redaction) === example &&
    redactUrl(asUrl, redaction) === asUrl;
  return isSafe ? parameter : { name, in: position };
}
