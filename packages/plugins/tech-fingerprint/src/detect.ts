import type { HeaderList } from "@picket/core";
import type { EvidenceInput } from "@picket/plugin-sdk";
import {
  COMMENT_RULES,
  COOKIE_RULES,
  ERROR_PAGE_RULES,
  GENERATOR_RULES,
  HEADER_RULES,
  type Product,
  type Rule,
  SCRIPT_RULES,
} from "./rules.ts";
import { isUpstreamVersion } from "./version.ts";

/** Where a product shows itself. */
export type Source = "header" | "generator" | "error page" | "script" | "comment" | "cookie";

/** A product that one response shows. */
export interface Detection {
  readonly product: Product;
  readonly version: string | null;
  readonly source: Source;
  /** 0–100. */
  readonly confidence: number;
  readonly snippet: string;
  readonly location: EvidenceInput["location"];
}

/** What a response shows, as far as the rules look. */
export interface Shown {
  readonly headers: HeaderList;
  readonly cookieNames: readonly string[];
  /** Values of `<meta name="generator">`. */
  readonly generators: readonly string[];
  /** Headings of an error's page. */
  readonly errorHeadings: readonly string[];
  /** `src` of script elements. */
  readonly scriptUrls: readonly string[];
  /** The body, if it is a script. */
  readonly scriptText: string | null;
}

/**
 * How far a source is believed. Greenbone's scale has 80 for a reliable banner; a licence comment comes with the code
 * itself, a file name can be left over from an earlier version, a cookie name only hints.
 */
const CONFIDENCE: Record<Source, number> = {
  comment: 85,
  header: 80,
  generator: 80,
  "error page": 80,
  script: 70,
  cookie: 50,
};

/** Below 70, where a version is no ground for a CVE: packagers and vendors bring fixes back without a new number. */
const CONFIDENCE_OF_REPACKAGED = 60;
const DISTRIBUTION =
  /\((?:debian|ubuntu|centos|red ?hat|rhel|fedora|suse|alpine|amazon|rocky|alma|raspbian)[^()]*\)/i;

const MAX_SNIPPET = 300;
/** As `TechComponentEvent` has it. */
const MAX_VERSION = 100;

interface Place {
  readonly source: Source;
  /** Text that a rule is matched against. */
  readonly text: string;
  /** Text that is shown as proof; default: what the rule matched. */
  readonly shown?: string;
  readonly location: Detection["location"];
}

function confidenceOf({ source, text }: Place, version: string | null): number {
  const isRepackaged = version !== null && (!isUpstreamVersion(version) || DISTRIBUTION.test(text));
  return isRepackaged ? Math.min(CONFIDENCE_OF_REPACKAGED, CONFIDENCE[source]) : CONFIDENCE[source];
}

/** The group `version` of whichever alternative matched. */
function versionIn({ groups }: RegExpExecArray): string | null {
  return groups?.version?.slice(0, MAX_VERSION) ?? null;
}

function matchRules(rules: readonly Rule[], place: Place): Detection[] {
  return rules.flatMap(({ product, pattern }) => {
    const match = pattern.exec(place.text);
    if (!match) return [];
    const version = versionIn(match);
    const { source, location } = place;
    const snippet = (place.shown ?? match[0]).trim().slice(0, MAX_SNIPPET);
    return [{ product, version, source, location, snippet, confidence: confidenceOf(place, version) }];
  });
}

function inHeaders(headers: HeaderList): Detection[] {
  return headers.flatMap(([name, text]) => {
    const location = { part: "response_header" as const, name };
    return matchRules(HEADER_RULES[name] ?? [], {
      source: "header",
      text,
      shown: `${name}: ${text}`,
      location,
    });
  });
}

/** Path of a script's address, without query and fragment: what follows `?` is a cache's business. */
function pathOf(url: string): string {
  return url.split(/[?#]/)[0] ?? "";
}

/** Everything that a response shows of the products behind it. */
export function detect(shown: Shown): Detection[] {
  const { headers, cookieNames, generators, errorHeadings, scriptUrls, scriptText } = shown;
  const body = { part: "response_body" as const };
  return [
    ...inHeaders(headers),
    ...cookieNames.flatMap((text) =>
      matchRules(COOKIE_RULES, {
        source: "cookie",
        text,
        shown: text,
        location: { part: "cookie", name: text.slice(0, 256) },
      }),
    ),
    ...generators.flatMap((text) =>
      matchRules(GENERATOR_RULES, { source: "generator", text, shown: text, location: body }),
    ),
    ...errorHeadings.flatMap((text) =>
      matchRules(ERROR_PAGE_RULES, { source: "error page", text, shown: text, location: body }),
    ),
    ...scriptUrls.flatMap((url) =>
      matchRules(SCRIPT_RULES, { source: "script", text: pathOf(url), shown: url, location: body }),
    ),
    ...(scriptText === null
      ? []
      : matchRules(COMMENT_RULES, { source: "comment", text: scriptText, location: body })),
  ];
}
