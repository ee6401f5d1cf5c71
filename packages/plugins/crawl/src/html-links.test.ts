import { describe, expect, it } from "@jest/globals";
import { hrefOf } from "@picket/core";
import { referencesOf } from "./html-links.ts";
import { scriptReferences } from "./script-references.ts";

const PAGE = "http://shop.test/dir/page?x=1";

function urlsIn(html: string): string[] {
  const { references, scripts } = referencesOf(html, PAGE);
  const ofScripts = scripts.flatMap(
    (script) => scriptReferences(script, { base: PAGE, foundAt: PAGE }).references,
  );
  return [...references, ...ofScripts].map(({ method, url, source }) => `${source} ${method} ${hrefOf(url)}`);
}

describe("referencesOf", () => {
  it.each([
    ['<a href="next?a=1#part">', "link GET http://shop.test/dir/next?a=1"],
    ['<map><area href="/map"></map>', "link GET http://shop.test/map"],
    ['<iframe src="../frame"></iframe>', "link GET http://shop.test/frame"],
    ['<frameset><frame src="menu"></frameset>', "link GET http://shop.test/dir/menu"],
    ['<link rel="Alternate" href="/feed">', "link GET http://shop.test/feed"],
    ['<script src="/app.js"></script>', "script GET http://shop.test/app.js"],
    ['<meta http-equiv="Refresh" content="3; URL=\'/new\'">', "redirect GET http://shop.test/new"],
    ['<a href=" /a&amp;b ">', "link GET http://shop.test/a&b"],
    ['<a href="//cdn.test/x">', "link GET http://cdn.test/x"],
    ["<A HREF=/bare>unclosed <p>", "link GET http://shop.test/bare"],
    ['<img src="/a.png" srcset="/thumb?id=1 1x, /b.png 2x">', "link GET http://shop.test/thumb?id=1"],
    ['<object data="/show?doc=1"></object>', "link GET http://shop.test/show?doc=1"],
    ['<div data-url="/lazy/part" data-note="no/path here">', "link GET http://shop.test/lazy/part"],
    ['<button hx-post="/vote">', "link POST http://shop.test/vote"],
    ['<link rel="modulepreload" href="/chunk.js">', "script GET http://shop.test/chunk.js"],
    ['<noscript><a href="/plain"></noscript>', "link GET http://shop.test/plain"],
    ["<script>document.write('<a href=\"/made-up\">')</script>", "link GET http://shop.test/made-up"],
    ['<!-- <a href="/commented"> -->', "link GET http://shop.test/commented"],
    ["<!-- old: /shop/list.php, see there -->", "link GET http://shop.test/shop/list.php"],
    [
      '<script type="text/template"><a href="/in-template">{{x}}</a></script>',
      "link GET http://shop.test/in-template",
    ],
    ["<iframe srcdoc=\"<a href='/in-frame'>\"></iframe>", "link GET http://shop.test/in-frame"],
    ['<blockquote cite="/quoted">', "link GET http://shop.test/quoted"],
    ['<select><option value="/chosen"></select>', "link GET http://shop.test/chosen"],
    ['<svg><a xlink:href="/drawn"></a></svg>', "link GET http://shop.test/drawn"],
    ['<link rel="prerender" href="/soon">', "link GET http://shop.test/soon"],
    [`<a href="javascript:open('/opened')">`, "script GET http://shop.test/opened"],
    [`<a :href="'/bound'">`, "script GET http://shop.test/bound"],
  ])("reads %s", (html, expected) => {
    expect(urlsIn(html)).toEqual([expected]);
  });

  it.each([
    '<img src="/a.png">',
    '<link rel="stylesheet" href="/a.css">',
    '<link rel="alternate stylesheet" href="/b.css">',
    '<link rel="icon" href="/favicon.ico">',
    '<a href="javascript:void(0)">',
    '<a href="mailto:a@shop.test">',
    '<a href="http://user:secret@shop.test/">',
    '<a href="http://[broken">',
    '<a name="anchor">',
    "<!-- and/or, since 12/2026, </div>, /usr/share/x -->",
    '<div class="/a/b" style="c:/d/e" xmlns:x="http://www.w3.org/x">',
  ])("reads nothing from %s", (html) => {
    expect(urlsIn(html)).toEqual([]);
  });

  it("resolves against the first base element, wherever it stands", () => {
    expect(urlsIn('<a href="x"><base href="/app/"><base href="/other/">')).toEqual([
      "link GET http://shop.test/app/x",
    ]);
  });

  it("names a form's fields, and the query of a GET form's action is replaced by them", () => {
    const [search, login] = referencesOf(
      `<form action="/search?old=1"><input name="q"><select name="sort"></select><input type="submit"></form>
       <form action="/login?next=%2F" method="post"><input name="user"><textarea name="note"></textarea></form>
       <input name="outside">`,
      PAGE,
    ).references;
    expect(search).toMatchObject({
      method: "GET",
      url: { path: "/search", query: "" },
      parameters: [
        { name: "q", in: "query" },
        { name: "sort", in: "query" },
      ],
      request: { path: "/search", query: "?q=picket&sort=picket" },
      isRequestable: true,
    });
    expect(login).toMatchObject({
      method: "POST",
      url: { path: "/login", query: "?next=%2F" },
      parameters: [
        { name: "user", in: "form" },
        { name: "note", in: "form" },
      ],
    });
  });

  it("gives each field an example, but no token and no password", () => {
    const [form] = referencesOf(
      `<form method="post" action="/pay"><input type="hidden" name="csrf_token" value="abc"><input type="hidden" name="plan" value="gold">
       <input type="email" name="to"><input type="password" name="pin"><input type="file" name="upload"></form>`,
      PAGE,
    ).references;
    expect(form).toMatchObject({ isRequestable: false, foundAt: PAGE });
    expect(form?.parameters).toEqual([
      { name: "csrf_token", in: "form" },
      { name: "plan", in: "form", example: "gold" },
      { name: "to", in: "form", example: "picket@example.com" },
      { name: "pin", in: "form" },
    ]);
  });
});
