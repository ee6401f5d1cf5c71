import { describe, expect, it } from "@jest/globals";
import { findFlows } from "./flows.ts";

const shown = (script: string) =>
  findFlows(script).map(({ kind, sink, source }) => `${kind} ${source} ${sink}`);

describe("findFlows", () => {
  it.each([
    [
      "a query parameter that is written as markup",
      'const q = new URLSearchParams(location.search).get("q"); document.getElementById("r").innerHTML = "Results for " + q;',
      "markup location.search innerHTML",
    ],
    [
      "what stands behind a sign of the address, decoded",
      'if (document.location.href.indexOf("default=") >= 0) { var lang = document.location.href.substring(document.location.href.indexOf("default=") + 8); document.write("<option>" + decodeURI(lang) + "</option>"); }',
      "markup location.href document.write",
    ],
    [
      "the helper that every site copied",
      String.raw`function getParameterByName(name) { var match = RegExp('[?&]' + name + '=([^&]*)').exec(window.location.search); return match && decodeURIComponent(match[1].replace(/\+/g, ' ')); } $('#name').html(getParameterByName('name'));`,
      "markup location.search $().html",
    ],
    [
      "a value handed from function to function",
      'function show(text) { out.insertAdjacentHTML("beforeend", "<p>" + text + "</p>"); } show(decodeURIComponent(location.hash.slice(1)));',
      "markup location.hash insertAdjacentHTML",
    ],
    [
      "an address that is followed",
      'var to = new URL(location.href).searchParams.get("next"); if (to) { window.location = to; }',
      "navigation location.href location",
    ],
    [
      "a fragment that is followed",
      "location.replace(location.hash.substring(1))",
      "navigation location.hash location.replace",
    ],
    [
      "an address by its parts",
      'const { hash } = location; window.location.href = hash.split("#")[1];',
      "navigation location.hash location.href",
    ],
    ["a fragment that is run", "eval(location.hash.slice(1))", "code location.hash eval"],
    [
      "a message that nobody asks for its origin",
      'window.addEventListener("message", function (event) { document.body.innerHTML = event.data.html; });',
      "markup message innerHTML",
    ],
    [
      "a message to a listener with a name",
      "window.onmessage = receive; function receive(e) { box.outerHTML = e.data }",
      "markup message outerHTML",
    ],
    [
      "what a router hands over, told to be trusted",
      "class A { f() { let q = this.route.snapshot.queryParams.q; this.v = this.sanitizer.bypassSecurityTrustHtml(q) } }",
      "markup route.query bypassSecurityTrustHtml",
    ],
    [
      "the same, made small",
      '!function(e,t){var n=new e.URLSearchParams(e.location.search),r=n.get("m");t.body.innerHTML=r}(window,document)',
      "markup location.search innerHTML",
    ],
    [
      "what React takes for markup",
      'const n = new URLSearchParams(window.location.search); h("div", { dangerouslySetInnerHTML: { __html: n.get("bio") } })',
      "markup location.search dangerouslySetInnerHTML",
    ],
    [
      "a fragment that is followed where there is one",
      "if (location.hash) location = decodeURIComponent(location.hash.slice(1))",
      "navigation location.hash location",
    ],
    [
      "a link's address",
      'back.href = new URLSearchParams(location.search).get("back")',
      "navigation location.search href",
    ],
    [
      "the same by jQuery",
      '$("#back").attr("href", new URLSearchParams(location.search).get("back"))',
      "navigation location.search href",
    ],
    [
      "a frame's address",
      'const f = document.createElement("iframe"); f.src = location.hash.slice(1)',
      "navigation location.hash src",
    ],
    [
      "a script's address",
      'const s = document.createElement("script"); s.setAttribute("src", location.hash.slice(1))',
      "code location.hash script.src",
    ],
    ["another window's address", "window.open(location.hash.slice(1))", "navigation location.hash open"],
    [
      "a handler that is set",
      'out.setAttribute("onclick", "go(" + location.hash.slice(1) + ")")',
      "code location.hash onclick",
    ],
    [
      "where the visitor came from",
      "document.write(decodeURIComponent(document.referrer))",
      "markup document.referrer document.write",
    ],
    [
      "a value of which the first sign is taken out",
      'out.innerHTML = decodeURIComponent(location.hash.slice(1)).replace("<", "&lt;")',
      "markup location.hash innerHTML",
    ],
    [
      "a function that has a value for none",
      'function param(n) { const q = new URLSearchParams(location.search); return q.get(n) || "" } out.innerHTML = param("t")',
      "markup location.search innerHTML",
    ],
    [
      "a message of which a part of the origin is asked for",
      'onmessage = (e) => { if (e.origin.indexOf("a.test") > -1) out.innerHTML = e.data }',
      "markup message innerHTML",
    ],
  ])("sees %s", (_, script, flow) => {
    expect(shown(script)).toEqual([flow]);
  });

  it.each([
    ["text", 'out.textContent = new URLSearchParams(location.search).get("q")'],
    ["what browsers escape", "document.body.innerHTML = location.hash"],
    ["what is escaped", 'out.innerHTML = encodeURIComponent(new URLSearchParams(location.search).get("q"))'],
    [
      "what is cleaned",
      'let q = new URLSearchParams(location.search).get("q"); q = DOMPurify.sanitize(q); out.innerHTML = q',
    ],
    [
      "what is cleaned where it is used",
      'out.innerHTML = escapeHtml(new URLSearchParams(location.search).get("q"))',
    ],
    [
      "signs taken out",
      'const q = decodeURIComponent(location.hash.slice(1)).replace(/[<>]/g, ""); out.innerHTML = q',
    ],
    [
      "an address that a function of its own lets pass",
      'function safe(u) { if (u.startsWith("/")) return u; return "/"; } location = safe(new URLSearchParams(location.search).get("u"))',
    ],
    ["a number", 'out.innerHTML = "<b>" + Number(new URLSearchParams(location.search).get("page")) + "</b>"'],
    [
      "an address held against a list",
      'const to = new URLSearchParams(location.search).get("to"); if (ALLOWED.includes(to)) location.href = to;',
    ],
    [
      "an address that must be the site's",
      'const to = new URLSearchParams(location.search).get("to"); if (to && to.startsWith("/") && !to.startsWith("//")) location.href = to;',
    ],
    [
      "a language chosen among two",
      'const l = new URLSearchParams(location.search).get("l"); if (l === "de") out.innerHTML = "<b>" + l + "</b>";',
    ],
    [
      "a path of the site with a parameter",
      'location.href = "/search?q=" + new URLSearchParams(location.search).get("q")',
    ],
    [
      "the same page again",
      "location.href = location.href; location.replace(location.href.split('#')[0]); location.assign(location.pathname + location.search)",
    ],
    [
      "the page over https",
      'if (location.protocol !== "https:") location.href = "https:" + location.href.substring(location.protocol.length)',
    ],
    [
      "a message from a known origin",
      'addEventListener("message", (e) => { if (e.origin !== "https://a.test") return; out.innerHTML = e.data })',
    ],
    [
      "an address that is taken apart",
      'const a = document.createElement("a"); a.href = new URLSearchParams(location.search).get("u"); show(a.hostname)',
    ],
    ["a picture's address", "picture.src = location.hash.slice(1)"],
    [
      "a link within the site",
      'next.href = "/list?page=" + new URLSearchParams(location.search).get("page")',
    ],
    [
      "a link whose scheme is asked for",
      'const b = new URLSearchParams(location.search).get("b"); if (/^https?:/.test(b)) back.setAttribute("href", b)',
    ],
    [
      "signs taken out one after the other",
      'out.innerHTML = decodeURIComponent(location.hash.slice(1)).replaceAll("<", "&lt;")',
    ],
    [
      "another variable of the same name",
      'function a() { var q = new URLSearchParams(location.search).get("q"); send(q) } function b(q) { out.innerHTML = q }',
    ],
    [
      "a name that is no address",
      "function f(location) { out.innerHTML = decodeURIComponent(location.hash) }",
    ],
    ["what is no script", "<p>location.hash</p>"],
    ["a script too deep to read", `${"(".repeat(50_000)}location.hash${")".repeat(50_000)}`],
  ])("leaves alone %s", (_, script) => {
    expect(shown(script)).toEqual([]);
  });
});
