import { type HeaderList, headerValues } from "@picket/core";

/** What a response lets caches do that serve more than one visitor (RFC 9111). */
export interface CachePolicy {
  /**
   * `explicit`: it says that shared caches may keep it; `lifetime`: it states for how long it is fresh and does not say
   * that it is for one visitor only.
   */
  readonly shared: "explicit" | "lifetime" | "no";
  /** The header fields that say so. */
  readonly snippet: string;
}

const FIELDS = ["cache-control", "expires", "age", "vary"];

function directivesOf(headers: HeaderList): Map<string, string> {
  const parts = headerValues(headers, "cache-control").flatMap((value) => value.split(","));
  return new Map(
    parts.map((part) => {
      const [name = "", value = ""] = part.split("=");
      return [name.trim().toLowerCase(), value.trim().replaceAll('"', "")];
    }),
  );
}

function isFreshLater(headers: HeaderList): boolean {
  const [expires] = headerValues(headers, "expires");
  const [date] = headerValues(headers, "date");
  return expires !== undefined && date !== undefined && Date.parse(expires) > Date.parse(date);
}

function isForOneVisitor(headers: HeaderList, directives: ReadonlyMap<string, string>): boolean {
  const varies = headerValues(headers, "vary").join(",").toLowerCase();
  const forbids = ["private", "no-store", "no-cache"].some((name) => directives.has(name));
  return forbids || /\*|\bcookie\b|\bauthorization\b/.test(varies);
}

function sharing(headers: HeaderList): CachePolicy["shared"] {
  const directives = directivesOf(headers);
  const seconds = (name: string) => Number(directives.get(name) ?? 0);
  if (isForOneVisitor(headers, directives) || directives.get("s-maxage") === "0") return "no";
  if (seconds("s-maxage") > 0) return "explicit";
  const isPublic = directives.has("public") && directives.get("max-age") !== "0";
  if (isPublic) return "explicit";
  const isFresh = directives.has("max-age") ? seconds("max-age") > 0 : isFreshLater(headers);
  return isFresh ? "lifetime" : "no";
}

export function cachePolicy(headers: HeaderList): CachePolicy {
  const shown = headers.filter(([name]) => FIELDS.includes(name)).map(([name, value]) => `${name}: ${value}`);
  return { shared: sharing(headers), snippet: shown.join("\n").slice(0, 600) };
}
