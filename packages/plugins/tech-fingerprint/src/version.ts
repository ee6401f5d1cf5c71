/** What a version may look like in a banner: everything up to the next space, comma, semicolon or bracket. */
export const BANNER_VERSION = String.raw`(?<version>\d+(?:\.\d+)*[^\s;,()<>"]*)`;

/**
 * What a version may look like in a file name: at least two numbers, so that no content hash and no date passes, and at
 * most one word after a hyphen (`1.12.4-aem`, `4.0.0-beta.3`), unless that word is a hash or part of the file's name.
 */
export const FILE_VERSION = String.raw`(?<version>\d{1,3}(?:\.\d{1,4}){1,3}(?:-(?!min\b|slim\b|[0-9a-f]{6,}\b)[a-z]+\d*(?:\.\d+)?)?)`;

/** What upstream releases are called: numbers, with a letter (OpenSSL) or a date (Jetty) at most. */
const UPSTREAM = /^\d+(\.\d+)*([a-z]|\.v\d{8})?$/;

/** True for `2.4.54`, false for `7.4.3-4ubuntu2.18` and `1.12.4-aem`, where fixes may have been brought back. */
export function isUpstreamVersion(version: string): boolean {
  return UPSTREAM.test(version);
}

/** A component of a CPE 2.3 formatted string (NISTIR 7695, 6.2): all but word characters, period and hyphen quoted. */
function quoted(value: string): string {
  return value.toLowerCase().replace(/[^\w.-]/g, "\\$&");
}

export interface CpeName {
  readonly vendor: string;
  readonly product: string;
}

export function cpeOf({ vendor, product }: CpeName, version: string): string {
  return `cpe:2.3:a:${quoted(vendor)}:${quoted(product)}:${quoted(version)}:*:*:*:*:*:*:*`;
}
