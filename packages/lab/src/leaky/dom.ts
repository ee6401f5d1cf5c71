import type { ExpectedFinding } from "../expectation.ts";
import { documentOf, type SitePage } from "../site.ts";

const JS_TYPE = "text/javascript; charset=utf-8";

/** A page whose own script does that. */
function scripted(path: string, script: string): SitePage {
  return { path, body: documentOf(path, `<p id="out"></p>\n<script>\n${script}\n</script>`) };
}

export const DOM_PAGES: readonly SitePage[] = [
  scripted(
    "/app/greeting",
    'const name = new URLSearchParams(location.search).get("name");\nif (name) document.getElementById("out").innerHTML = "Hello " + name;',
  ),
  {
    path: "/assets/signed-in.js",
    type: JS_TYPE,
    body: "!function(w,d){var p=d.location.hash.match(/return=([^&]+)/);p&&(w.location.href=decodeURIComponent(p[1]))}(window,document);\n",
  },
];

export const DOM_FINDINGS: readonly ExpectedFinding[] = [
  { type: "dom-xss-sink", severity: "medium", where: "/app/greeting" },
  { type: "dom-redirect-sink", severity: "low", where: "/assets/signed-in.js" },
];

export const DOM_LOOKALIKES: readonly SitePage[] = [
  scripted(
    "/app/greeting",
    'const name = new URLSearchParams(location.search).get("name");\nif (name) document.getElementById("out").textContent = "Hello " + name;',
  ),
  scripted(
    "/app/tabs",
    'const tab = decodeURIComponent(location.hash.slice(1));\nif (["one", "two"].includes(tab)) document.getElementById("out").innerHTML = "<b>" + tab + "</b>";',
  ),
  {
    path: "/assets/signed-in.js",
    type: JS_TYPE,
    body: 'const to = new URL(new URLSearchParams(location.search).get("return") ?? "/", location.origin);\nif (to.origin === location.origin) location.href = to.href;\n',
  },
];
