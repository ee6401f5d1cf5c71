import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { parseRobots } from "./robots.ts";
import { parseSitemap, unpackSitemap } from "./sitemap.ts";
import { isListing } from "./usual-places.ts";

describe("parseRobots", () => {
  it("reads the places that rules and sitemap lines name", () => {
    const robots = parseRobots(
      "User-agent: *\r\nDisallow: /admin # staff\nallow:/public$\nDisallow:\nDisallow: /*?sort=\nSitemap: https://a.test/map.xml\n",
    );
    expect(robots).toEqual({ paths: ["/admin", "/public"], sitemaps: ["https://a.test/map.xml"] });
  });

  it("finds nothing in a page", () => {
    expect(parseRobots("<!doctype html><p>Disallow nothing</p>")).toEqual({ paths: [], sitemaps: [] });
  });
});

const SITEMAP = `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc> https://a.test/x?a=1&amp;b=2 </loc><lastmod>2026-01-01</lastmod></url>
<url><loc><![CDATA[https://a.test/y]]></loc></url></urlset>`;

describe("parseSitemap", () => {
  it("reads pages", () => {
    expect(parseSitemap(SITEMAP)).toEqual({
      pages: ["https://a.test/x?a=1&b=2", "https://a.test/y"],
      sitemaps: [],
    });
  });

  it("reads an index", () => {
    const index = "<sitemapindex><sitemap><loc>https://a.test/1.xml</loc></sitemap></sitemapindex>";
    expect(parseSitemap(index)).toEqual({ pages: [], sitemaps: ["https://a.test/1.xml"] });
  });

  it("expands no entity that the document declares", () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><urlset><url><loc>https://a.test/&a;</loc></url></urlset>';
    expect(parseSitemap(bomb).pages).toEqual(["https://a.test/&a;"]);
  });
});

describe("unpackSitemap", () => {
  const packed = gzipSync(SITEMAP);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

  it("leaves alone what is not packed", () => {
    expect(text(unpackSitemap(new TextEncoder().encode(SITEMAP)))).toBe(SITEMAP);
  });

  it("unpacks gzip, also when the end is missing", () => {
    expect(text(unpackSitemap(packed))).toBe(SITEMAP);
    expect(SITEMAP.startsWith(text(unpackSitemap(packed.subarray(0, packed.length - 12))))).toBe(true);
  });

  it("gives nothing for broken gzip and for a bomb", () => {
    expect(unpackSitemap(new Uint8Array([0x1f, 0x8b, 1, 2, 3]))).toHaveLength(0);
    expect(unpackSitemap(gzipSync(new Uint8Array(6 * 1024 * 1024)))).toHaveLength(0);
  });
});

describe("isListing", () => {
  it("knows what web servers call a list of a folder, and not a page of that name", () => {
    expect(isListing("<html><head><title>Index of /uploads/</title></head>")).toBe(true);
    expect(isListing("<title>Directory listing for /files/</title>")).toBe(true);
    expect(isListing("<title>Index of words</title><p>Index of /uploads/</p>")).toBe(false);
  });
});
