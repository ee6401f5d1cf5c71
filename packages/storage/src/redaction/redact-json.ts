import { markText } from "./redact-text.ts";
import { createMarker, type RedactionPolicy } from "./redaction-mark.ts";
import { secretNameKind } from "./secret-names.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** JSON, such as an evidence's details, with secrets in texts and under secret names replaced by marks. */
export function redactJson(value: Json, policy: RedactionPolicy): Json {
  const marker = createMarker(policy, "utf8");
  const redact = (item: Json, name: string): Json => {
    if (Array.isArray(item)) return item.map((member) => redact(member, name));
    if (item === null || typeof item === "boolean" || item === "") return item;
    if (typeof item === "object") return redactMembers(item);
    const kind = secretNameKind(name);
    if (kind) return marker.mark(kind, String(item));
    return typeof item === "string" ? markText(item, policy, marker) : item;
  };
  const redactMembers = (members: { [key: string]: Json }): Json =>
    Object.fromEntries(Object.entries(members).map(([name, member]) => [name, redact(member, name)]));
  return redact(value, "");
}
