import { type HeaderList, headerValues } from "@picket/core";

/** Whether a shared cache may keep the answer, by what it says (RFC 9111 §3), or one has it already. */
export function isCacheable({ headers }: { headers: HeaderList }): boolean {
  const control = headerValues(headers, "cache-control").join(",").toLowerCase();
  if (/\b(?:no-store|private|no-cache)\b/.test(control)) return false;
  return /\b(?:s-maxage|max-age)=[1-9]/.test(control) || headerValues(headers, "age").length > 0;
}
