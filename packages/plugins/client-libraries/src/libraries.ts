import { hash } from "node:crypto";
import type { PluginData } from "@picket/plugin-sdk";
import { RE2JS } from "re2js";
import { z } from "zod";

/**
 * What is read of a data file in the format of retire.js, version 5 (`jsrepository-v5.json`); everything else in it is
 * left alone. `§§version§§` in a pattern stands for a version.
 */
const Vulnerability = z.object({
  /** First affected version; none: all below. */
  atOrAbove: z.string().optional(),
  /** First version that is not affected. */
  below: z.string(),
  severity: z.enum(["low", "medium", "high", "critical"]),
  identifiers: z.object({
    CVE: z.array(z.string()).default([]),
    githubID: z.string().optional(),
    summary: z.string().optional(),
  }),
});
export type Vulnerability = z.infer<typeof Vulnerability>;

const Patterns = z.array(z.string().max(1_000)).default([]);
const Entry = z.object({
  /** Default: the entry's key. */
  name: z.string().optional(),
  extractors: z.object({ uri: Patterns, filename: Patterns, filecontent: Patterns }),
  vulnerabilities: z.array(Vulnerability).default([]),
});
/** Of which version the file is. A key that retire.js' own file does not have. */
const About = z.object({ version: z.string().min(1).max(64), date: z.iso.date() });
const DataFile = z.object({ $about: About.optional() }).catchall(Entry);

const VERSION = "\\d{1,4}\\.\\d{1,4}(?:\\.\\d{1,6})?(?:[.-]?(?:alpha|beta|rc|a|b)[.-]?\\d{0,4})?";

/** Where a text names a version. */
export interface VersionPattern {
  /** The version in the first match; null without one. */
  find(text: string): string | null;
}

export interface Library {
  readonly key: string;
  readonly name: string;
  /** On the path of a URL. */
  readonly url: readonly VersionPattern[];
  readonly content: readonly VersionPattern[];
  readonly vulnerabilities: readonly Vulnerability[];
}

/** Patterns come from data: RE2 takes time in proportion to the text, whatever they say. Null where RE2 cannot say it. */
function tryPattern(source: string): VersionPattern | null {
  try {
    const compiled = RE2JS.compile(source.replaceAll("§§version§§", VERSION));
    return {
      find(text) {
        const matcher = compiled.matcher(text);
        return matcher.find() ? matcher.group(1) : null;
      },
    };
  } catch {
    // A back reference or a look-around.
    return null;
  }
}

function compiled(sources: readonly string[]): VersionPattern[] {
  return sources.map(tryPattern).filter((pattern) => pattern !== null);
}

function libraryOf(key: string, { name = key, extractors, vulnerabilities }: z.infer<typeof Entry>): Library {
  return {
    key,
    name,
    url: compiled([...extractors.uri, ...extractors.filename]),
    content: compiled(extractors.filecontent),
    vulnerabilities,
  };
}

/** What a data file says, and of which version it is. */
export interface LibraryData {
  readonly libraries: readonly Library[];
  readonly about: PluginData;
}

/** Throws TypeError, which names the place, for a file of another format. Patterns that RE2 refuses are left out. */
export function readLibraries(data: unknown): LibraryData {
  const parsed = DataFile.safeParse(data);
  if (!parsed.success)
    throw new TypeError(`libraries.json is no data file of this plugin: ${z.prettifyError(parsed.error)}`);
  const { $about, ...entries } = parsed.data;
  const sha256 = hash("sha256", JSON.stringify(data));
  return {
    libraries: Object.entries(entries).map(([key, entry]) => libraryOf(key, entry)),
    about: { version: sha256.slice(0, 12), date: null, ...$about, sha256 },
  };
}
