import { describe, expect, it } from "@jest/globals";
import { detect, type Shown } from "./detect.ts";

const NOTHING: Shown = {
  headers: [],
  cookieNames: [],
  generators: [],
  errorHeadings: [],
  scriptUrls: [],
  scriptText: null,
};

function found(shown: Partial<Shown>): string[] {
  return detect({ ...NOTHING, ...shown }).map(
    ({ product, version, confidence }) => `${product.name} ${version ?? "-"} ${confidence}`,
  );
}

describe("headers", () => {
  it.each<[string, string, string[]]>([
    ["server", "nginx", ["nginx - 80"]],
    ["server", "nginx/1.25.3", ["nginx 1.25.3 80"]],
    ["server", "nginx/1.18.0 (Ubuntu)", ["nginx 1.18.0 60"]],
    ["server", "Apache/2.4.54 (Unix)", ["Apache HTTP Server 2.4.54 80"]],
    ["server", "Apache/2.4.37 (centos)", ["Apache HTTP Server 2.4.37 60"]],
    [
      "server",
      "Apache/2.4.6 (CentOS) OpenSSL/1.0.2k-fips PHP/5.4.16",
      ["Apache HTTP Server 2.4.6 60", "OpenSSL 1.0.2k-fips 60", "PHP 5.4.16 60"],
    ],
    ["server", "Apache-Coyote/1.1", ["Apache Tomcat - 80"]],
    ["server", "Microsoft-IIS/10.0", ["Microsoft IIS 10.0 80"]],
    ["server", "Jetty(9.4.48.v20220622)", ["Jetty 9.4.48.v20220622 80"]],
    ["server", "Werkzeug/2.2.2 Python/3.11.2", ["Werkzeug 2.2.2 80", "Python 3.11.2 80"]],
    ["server", "my-nginx-like/9.9", []],
    ["x-powered-by", "PHP/7.4.3-4ubuntu2.18", ["PHP 7.4.3-4ubuntu2.18 60"]],
    ["x-powered-by", "Express", ["Express - 80"]],
    ["x-powered-by", "ASP.NET", ["ASP.NET - 80"]],
    ["x-aspnet-version", "4.0.30319", ["ASP.NET 4.0.30319 80"]],
    ["x-generator", "Drupal 9 (https://www.drupal.org)", ["Drupal 9 80"]],
    ["x-drupal-cache", "HIT", ["Drupal - 80"]],
    ["x-request-id", "nginx/1.25.3", []],
  ])("%s: %s", (name, value, expected) => {
    expect(found({ headers: [[name, value]] })).toEqual(expected);
  });
});

describe("generators", () => {
  it.each([
    ["WordPress 6.1.1", ["WordPress 6.1.1 80"]],
    ["Joomla! - Open Source Content Management", ["Joomla! - 80"]],
    ["TYPO3 CMS", ["TYPO3 - 80"]],
    ["Docusaurus v3.1.0", ["Docusaurus 3.1.0 80"]],
    ["WordPress.com", ["WordPress - 80"]],
    ["Powered by WordPress 6.1", []],
  ])("%s", (text, expected) => expect(found({ generators: [text] })).toEqual(expected));
});

describe("script addresses", () => {
  it.each([
    ["/static/jquery-1.12.4.min.js", ["jQuery 1.12.4 70"]],
    ["/js/jquery-3.7.1.slim.min.js?v=99.1.2", ["jQuery 3.7.1 70"]],
    ["/etc/jquery-1.12.4-aem.min.js", ["jQuery 1.12.4-aem 60"]],
    ["/jquery-4.0.0-beta.3.js", ["jQuery 4.0.0-beta.3 60"]],
    ["https://cdn.test/ajax/libs/jquery/1.12.4/jquery.min.js", ["jQuery 1.12.4 70"]],
    ["https://cdn.test/npm/bootstrap@5.3.3/dist/js/bootstrap.bundle.min.js", ["Bootstrap 5.3.3 70"]],
    ["https://cdn.test/vue@3/dist/vue.global.js", ["Vue.js - 70"]],
    ["/lib/jquery.min.js", ["jQuery - 70"]],
    ["/lib/jquery.8a1b2c3d.js", ["jQuery - 70"]],
    ["/lib/jquery-20231104.js", ["jQuery - 70"]],
    ["/lib/jquery-1.12.4-8f3a9c1e7b20.min.js", ["jQuery 1.12.4 70"]],
    ["/lib/jquery-1.12.4-abcdef12.js", ["jQuery 1.12.4 70"]],
    ["/lib/bootstrap.2023.11.04.js", []],
    ["/lib/jquery.cookie-1.4.1.js", []],
    ["/lib/jquery-ui-1.13.2.min.js", ["jQuery UI 1.13.2 70"]],
    ["/assets/index.4f2a91c07be3.js", []],
    ["/app-1.12.4.js", []],
    ["/jquery-1.12.4.css", []],
  ])("%s", (url, expected) => expect(found({ scriptUrls: [url] })).toEqual(expected));
});

describe("script comments", () => {
  it.each([
    ["/*! jQuery v1.12.4 | (c) jQuery Foundation */", ["jQuery 1.12.4 85"]],
    ["/*!\n * jQuery JavaScript Library v3.7.1\n */", ["jQuery 3.7.1 85"]],
    ["/*! jQuery UI - v1.13.2 - 2022-07-14 */", ["jQuery UI 1.13.2 85"]],
    ["x();/*!\n  * Bootstrap v5.3.3 (https://getbootstrap.com/)\n */", ["Bootstrap 5.3.3 85"]],
    ["/**\n * @license AngularJS v1.8.2\n */", ["AngularJS 1.8.2 85"]],
    ["/*! jQuery v1.12.4-aem */", ["jQuery 1.12.4-aem 60"]],
    ["/* works with jQuery v1.12.4 */", []],
    ["var jQuery = '1.12.4';", []],
  ])("%s", (text, expected) => expect(found({ scriptText: text })).toEqual(expected));
});

describe("cookies", () => {
  it("tell the product, never its version", () => {
    expect(found({ cookieNames: ["PHPSESSID", "connect.sid", "theme"] })).toEqual([
      "PHP - 50",
      "Express - 50",
    ]);
  });
});
