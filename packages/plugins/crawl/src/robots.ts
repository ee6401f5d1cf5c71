/** What robots.txt tells of a site's structure. */
export interface Robots {
  /** Paths of Allow and Disallow rules of any agent, without wildcards. */
  readonly paths: readonly string[];
  readonly sitemaps: readonly string[];
}

/**
 * Reads the fields that name places (RFC 9309). Whom a rule binds does not matter here: the target's owner asked for
 * the scan. Patterns with `*` name no single place and are left out; a final `$` only ends the match.
 */
export function parseRobots(text: string): Robots {
  const paths = new Set<string>();
  const sitemaps = new Set<string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, field = "", value = ""] = /^\s*([a-z-]+)\s*:\s*([^#\s]*)/i.exec(line) ?? [];
    const path = value.replace(/\$$/, "");
    if (/^(dis)?allow$/i.test(field) && path.startsWith("/") && !path.includes("*")) paths.add(path);
    if (/^sitemap$/i.test(field) && value !== "") sitemaps.add(value);
  }
  return { paths: [...paths], sitemaps: [...sitemaps] };
}
