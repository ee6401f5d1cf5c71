import type { Library, Vulnerability } from "./libraries.ts";
import { compareVersions } from "./version.ts";

/** A library at a version, and what told it. */
export interface Recognised {
  readonly library: Library;
  readonly version: string;
  readonly by: "content" | "url";
}

function versionIn(patterns: Library["url"], text: string): string | null {
  for (const pattern of patterns) {
    const version = pattern.find(text);
    if (version !== null) return version;
  }
  return null;
}

/** Libraries that a script carries, or that its URL names. The file itself is right where the two disagree. */
export function recognise(libraries: readonly Library[], url: URL, content: string): Recognised[] {
  return libraries.flatMap((library): Recognised[] => {
    const inContent = content === "" ? null : versionIn(library.content, content);
    if (inContent !== null) return [{ library, version: inContent, by: "content" }];
    const inUrl = versionIn(library.url, url.pathname);
    return inUrl === null ? [] : [{ library, version: inUrl, by: "url" }];
  });
}

export function vulnerabilitiesOf({ library, version }: Recognised): Vulnerability[] {
  return library.vulnerabilities.filter(
    ({ atOrAbove, below }) =>
      compareVersions(version, below) < 0 &&
      (atOrAbove === undefined || compareVersions(version, atOrAbove) >= 0),
  );
}
