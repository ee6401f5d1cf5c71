import { isTokenName, looksLikeToken } from "./token-like.ts";

/** What a parameter holds, by what was seen in it or, where nothing was, by its name. */
export type ValueKind = "number" | "id" | "url" | "path" | "email" | "date" | "boolean" | "token" | "text";

/** In order: the first that fits. All are linear in the value's length. */
const BY_VALUE: readonly [ValueKind, RegExp][] = [
  ["number", /^[+-]?\d{1,18}(?:[.,]\d{1,10})?$/],
  ["boolean", /^(?:true|false|yes|no|on|off)$/i],
  ["date", /^\d{4}-\d\d(?:-\d\d)?(?:[T ][\d:.,Z+-]{4,20})?$|^\d\d[./-]\d\d[./-]\d{4}$/],
  ["id", /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$|^[0-9a-f]{16,64}$|^[0-7][0-9a-hjkmnp-tv-z]{25}$/i],
  ["email", /^[^@\s/]{1,64}@[^@\s/]{1,255}$/],
  ["url", /^(?:[a-z][a-z0-9+.-]{0,15}:)?\/\/[^/\s]/i],
  ["path", /^\.{0,2}\/|^[\w./-]{1,200}\.(?:html?|php|inc|txt|xml|json|pdf|tpl|jpe?g|png|csv|md|log|ya?ml)$/i],
];

const BY_NAME: readonly [ValueKind, RegExp][] = [
  ["email", /mail/i],
  [
    "url",
    /ur[li]$|href|link$|redirect|return|callback|webhook|continue|next$|dest|target$|site$|domain|host$|feed/i,
  ],
  ["path", /file|path|folder|dir$|template|document|include|page$|doc$/i],
  ["date", /date|birthday|dob$|_at$|[a-z]At$|from$|until$|since$/],
  ["boolean", /^(?:is|has|show|enable|with)(?:_|[A-Z])|agree|accept|remember|enabled$|active$/],
  [
    "number",
    /^id$|_id$|[a-z]Id$|count|page|limit|offset|size|number|amount|price|qty|quantity|year|age$|zip|num$/,
  ],
];

export function kindOf(name: string, value: string | undefined): ValueKind {
  if (isTokenName(name)) return "token";
  if (value !== undefined && value !== "") {
    const known = BY_VALUE.find(([, pattern]) => pattern.test(value))?.[0];
    return known ?? (looksLikeToken(value) ? "token" : "text");
  }
  return BY_NAME.find(([, pattern]) => pattern.test(name.split("/").at(-1) ?? name))?.[0] ?? "text";
}

/** A value of this kind that is like what people enter. */
export const DEFAULT_VALUES: Readonly<Record<ValueKind, string>> = {
  number: "1",
  id: "1",
  url: "https://example.com/",
  path: "index.html",
  email: "picket@example.com",
  date: "2026-01-15",
  boolean: "true",
  token: "0",
  text: "picket",
};
