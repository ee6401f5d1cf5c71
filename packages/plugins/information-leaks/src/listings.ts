import { type Answer, bodyLeak, type Detector, type Leak } from "@picket/plugin-sdk/errors";
import { type HtmlPage, isShown, titleOf } from "@picket/plugin-sdk/html";
import type { ClaimId } from "./claims.ts";

interface Listing {
  readonly server: string;
  /** The title, with the listed path. */
  readonly title: RegExp;
  /** The link or text that a server's listing has, and a page that is only called so has not. */
  isListing(page: HtmlPage, body: string): boolean;
}

function links(page: HtmlPage): string[] {
  return page.elements.flatMap(({ name, attributes }) => (name === "a" ? [attributes.href ?? ""] : []));
}

const shows = (page: HtmlPage, words: string) =>
  page.texts.some((text) => isShown(text) && text.text.trim() === words);

const LISTINGS: readonly Listing[] = [
  {
    server: "Apache",
    title: /^Index of (\/.{0,400})$/,
    isListing: (page) =>
      shows(page, "Parent Directory") ||
      links(page).some((href) => /^\?C=[NMSD][;&](?:amp;)?O=[AD]$/.test(href)),
  },
  {
    server: "nginx",
    title: /^Index of (\/.{0,400})$/,
    isListing: (page) => {
      const first = page.elements.findIndex(({ name }) => name === "pre");
      return first >= 0 && page.elements[first + 1]?.attributes.href === "../";
    },
  },
  {
    server: "lighttpd",
    title: /^Index of (\/.{0,400})$/,
    isListing: (page) =>
      page.elements.some(({ attributes }) => attributes.summary === "Directory Listing") ||
      page.elements.some(({ name, attributes }) => name === "div" && attributes.class === "list"),
  },
  {
    server: "Python http.server",
    title: /^Directory listing for (\/.{0,400})$/,
    isListing: (page) => page.elements.some(({ name }) => name === "ul"),
  },
  {
    server: "IIS",
    title: /^[\w.:[\]-]{1,255} - (\/.{0,400})$/,
    isListing: (page) => shows(page, "[To Parent Directory]"),
  },
  {
    server: "Tomcat",
    title: /^Directory Listing For \[?(\/[^\]]{0,400})\]?$/,
    isListing: (page) => shows(page, "Filename") && shows(page, "Last Modified"),
  },
  {
    server: "Jetty",
    title: /^Directory: (\/.{0,400})$/,
    isListing: (page) => page.elements.some(({ name }) => name === "table") && links(page).length > 0,
  },
  {
    server: "serve-index",
    title: /^listing directory (\/.{0,400})$/,
    isListing: (page) =>
      page.elements.some(({ name, attributes }) => name === "ul" && attributes.id === "files"),
  },
];

/** Links that a listing sorts itself by. */
const sortsBy = (page: HtmlPage, pattern: RegExp) => links(page).some((href) => pattern.test(href));

/** Listings whose title is no whole path. */
const UNTITLED: readonly [server: string, isListing: (answer: Answer, page: HtmlPage) => boolean][] = [
  [
    "Caddy",
    (_answer, page) =>
      sortsBy(page, /^(?:\.\/)?\?sort=size&order=(?:asc|desc)/) &&
      page.elements.some(({ attributes }) => attributes.class === "listing"),
  ],
  [
    "serve",
    ({ url }, page) =>
      plainPath(titleOf(page).replace(/^Files within /, "/")).endsWith(plainPath(url.path)) &&
      page.elements.some(({ name, attributes }) => name === "ul" && attributes.id === "files") &&
      titleOf(page).startsWith("Files within "),
  ],
  ["Go", ({ body }) => GO_LISTING.test(body)],
];

/** A bucket of S3, or of what speaks as it, with at least one key. */
const BUCKET = /<ListBucketResult[\s>][\s\S]{0,2000}?<Contents><Key>([^<]{1,300})<\/Key>/;

function bucketListing({ body, status, contentType }: Answer): Leak<ClaimId>[] {
  const key = status === 200 && contentType.endsWith("xml") ? BUCKET.exec(body)?.[1] : undefined;
  return key === undefined ? [] : [bodyLeak({ claim: "directory-listing", key: "S3", snippet: key })];
}

/** Go's `http.FileServer` writes no title: links in a `pre`, and nothing else. */
const GO_LISTING =
  /^(?:<!doctype html>\n<meta name="viewport" content="width=device-width">\n)?<pre>\n(?:<a href="[^"\n]{1,400}">[^<\n]{1,400}<\/a>\n){1,2000}<\/pre>\n?$/;

function plainPath(path: string): string {
  try {
    return decodeURIComponent(path).replace(/(?<!\/)\/+$/, "");
  } catch {
    // A stray percent sign stands for itself.
    return path.replace(/(?<!\/)\/+$/, "");
  }
}

/** A listing names the path that was asked for; an article about listings another one. */
function isOfPath({ url }: Answer, path: string): boolean {
  return plainPath(url.path) === plainPath(path.split(/[?;]/)[0] ?? "");
}

export const listings: Detector<ClaimId> = (answer) => {
  const { page, body, status } = answer;
  if (!page || status !== 200) return bucketListing(answer);
  const title = titleOf(page);
  for (const { server, title: pattern, isListing } of LISTINGS) {
    const path = pattern.exec(title)?.[1];
    if (path !== undefined && isOfPath(answer, path) && isListing(page, body))
      return [bodyLeak({ claim: "directory-listing", key: server, snippet: listed(page, title) })];
  }
  const own = UNTITLED.find(([, isOwn]) => answer.url.path.endsWith("/") && isOwn(answer, page));
  return own ? [bodyLeak({ claim: "directory-listing", key: own[0], snippet: listed(page, title) })] : [];
};

const SHOWN_LINKS = 8;

function listed(page: HtmlPage, title: string): string {
  const names = links(page).filter((href) => !href.startsWith("?"));
  return [title, ...names.slice(0, SHOWN_LINKS)].filter((line) => line !== "").join("\n");
}
