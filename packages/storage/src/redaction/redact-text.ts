import { markAuthorization, markKnownFormats, markPrivateKeys, markUrlPasswords } from "./known-formats.ts";
import { markCards, markEmails } from "./personal-data.ts";
import { createMarker, type Marker, type RedactionPolicy, type Rule } from "./redaction-mark.ts";
import { markHeaderLists, markSecretFields } from "./secret-fields.ts";

/** All rules for text, the most telling first: what one has marked the next leaves alone. */
export function markText(text: string, policy: RedactionPolicy, marker: Marker): string {
  const rules: Rule[] = [
    markPrivateKeys,
    markKnownFormats,
    markAuthorization,
    markUrlPasswords,
    markHeaderLists,
    markSecretFields,
    ...(policy.cards ? [markCards] : []),
    ...(policy.emails ? [markEmails] : []),
  ];
  return rules.reduce((result, rule) => rule(result, marker), text);
}

/** A text, such as an evidence snippet, with its secrets replaced by marks; a mark is never marked again. */
export function redactText(text: string, policy: RedactionPolicy): string {
  return markText(text, policy, createMarker(policy, "utf8"));
}
