import {
  FORMAT_HEAD,
  markAuthorization,
  markKnownFormats,
  markPrivateKeys,
  markUrlPasswords,
} from "./known-formats.ts";
import { CARD_HEAD, markCards, markEmails } from "./personal-data.ts";
import { createMarker, type Marker, type RedactionPolicy, type Rule } from "./redaction-mark.ts";
import { markHeaderLists, markSecretFields } from "./secret-fields.ts";

/** A rule, and what every text holds that it changes: looking for that first spares most texts the rule. */
interface Use {
  rule: Rule;
  needs: string | RegExp;
}

/** The most telling first: what one has marked the next leaves alone. */
const CREDENTIALS: readonly Use[] = [
  { rule: markPrivateKeys, needs: "-----BEGIN " },
  { rule: markKnownFormats, needs: FORMAT_HEAD },
  { rule: markAuthorization, needs: " " },
  { rule: markUrlPasswords, needs: "@" },
  { rule: markHeaderLists, needs: "[" },
  { rule: markSecretFields, needs: "" },
];
const CARDS: Use = { rule: markCards, needs: CARD_HEAD };
const EMAILS: Use = { rule: markEmails, needs: "@" };

export function markText(text: string, policy: RedactionPolicy, marker: Marker): string {
  let marked = text;
  const apply = ({ rule, needs }: Use) => {
    if (typeof needs === "string" ? marked.includes(needs) : marked.search(needs) >= 0)
      marked = rule(marked, marker);
  };
  CREDENTIALS.forEach(apply);
  if (policy.cards) apply(CARDS);
  if (policy.emails) apply(EMAILS);
  return marked;
}

/** A text, such as an evidence snippet, with its secrets replaced by marks; a mark is never marked again. */
export function redactText(text: string, policy: RedactionPolicy): string {
  return markText(text, policy, createMarker(policy, "utf8"));
}
