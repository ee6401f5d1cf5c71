import type { ExpectedFinding } from "../expectation.ts";
import { documentOf, type SitePage } from "../site.ts";

const JAVA_TRACE = `java.lang.IllegalStateException: the basket is empty
	at com.camp.shop.Basket.total(Basket.java:41)
	at com.camp.shop.web.BasketController.show(BasketController.java:88)
	at java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)
	at org.springframework.web.method.support.InvocableHandlerMethod.doInvoke(InvocableHandlerMethod.java:255)`;

const WERKZEUG = `<!doctype html>
<html lang=en><head><title>KeyError: 7
 // Werkzeug Debugger</title>
<script>var CONSOLE_MODE = false, EVALEX = true, EVALEX_TRUSTED = false, SECRET = "lab";</script></head>
<body><div class="debugger"><h1>KeyError</h1><div class="detail"><p class="errormsg">KeyError: 7</p></div>
<pre>Traceback (most recent call last):
  File "/srv/camp/app.py", line 12, in basket
    return baskets[number]
KeyError: 7</pre></div></body></html>
`;

const PHP_PAGE = documentOf(
  "Offers",
  `<br />
<b>Warning</b>:  Undefined array key "sort" in <b>/var/www/camp/offers.php</b> on line <b>12</b><br />
<p>All tents at half the price until Sunday.</p>`,
);

const SQL_PAGE = documentOf(
  "Search",
  "<p>Error: You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near ''' at line 1</p>",
);

const LISTING = `<html>
<head><title>Index of /exports/</title></head>
<body>
<h1>Index of /exports/</h1><hr><pre><a href="../">../</a>
<a href="orders-2026.csv">orders-2026.csv</a>                 01-Nov-2026 03:00              48211
</pre><hr></body>
</html>
`;

const SOURCE = `<?php
require_once __DIR__ . '/lib/database.php';
$orders = $db->query('SELECT * FROM orders')->fetchAll();
`;

const COMMENTED = documentOf(
  "Staff",
  "<!-- for the testers: user: tester password: k3ttle! --><!-- upstream: 10.20.30.40 --><p>Staff only.</p>",
);

const MAP = JSON.stringify({
  version: 3,
  file: "shop.js",
  sources: ["../src/basket.ts"],
  sourcesContent: ["// the discount is checked by the server as well\nexport const discount = 0.1;\n"],
  mappings: "AAAA",
});

const JS_TYPE = "text/javascript; charset=utf-8";

export const INFORMATION_PAGES: readonly SitePage[] = [
  {
    path: "/api/basket",
    status: 500,
    type: "application/json",
    body: JSON.stringify({ status: 500, error: "Internal Server Error", trace: JAVA_TRACE }),
  },
  { path: "/basket", status: 500, body: WERKZEUG },
  { path: "/offers", body: PHP_PAGE },
  { path: "/search", body: SQL_PAGE },
  { path: "/exports/", body: LISTING },
  { path: "/report.php", type: "text/plain", body: SOURCE },
  { path: "/staff", body: COMMENTED },
  { path: "/assets/shop.js", type: JS_TYPE, body: "const discount=.1;\n//# sourceMappingURL=shop.js.map\n" },
  { path: "/assets/shop.js.map", type: "application/json", body: MAP },
];

export const INFORMATION_FINDINGS: readonly ExpectedFinding[] = [
  { type: "stack-trace", severity: "low", where: "/api/basket" },
  { type: "debug-console", severity: "high", where: "/basket" },
  { type: "php-error", severity: "low", where: "/offers" },
  { type: "sql-error", severity: "low", where: "/search" },
  { type: "directory-listing", severity: "low", where: "/exports/" },
  { type: "source-code", severity: "medium", where: "/report.php" },
  { type: "credentials-in-comment", severity: "medium", where: "/staff" },
  { type: "private-address", severity: "info", where: "/staff" },
  { type: "source-map-reference", severity: "info", where: "/assets/shop.js" },
  { type: "source-map", severity: "low", where: "/assets/shop.js.map" },
];

const PROSE = `<p>When a call fails, the runtime writes down which calls led there, the last one first. The first
lines of your own packages are where to look; what stands below belongs to the framework.</p>
<p>Visitors must never see it. Switch the debug mode off, write the details to the log, and show an id instead, under
which support can find them. The debugger of Werkzeug, titled «Werkzeug Debugger», must never run where others can reach
it, and <code>DEBUG = True</code> has no place in production.</p>`;

const TRACES = `${PROSE}<pre><code>${JAVA_TRACE}</code></pre>${PROSE}
<pre>Traceback (most recent call last):
  File "/srv/camp/app.py", line 12, in basket
KeyError: 7</pre>
<p>PHP writes <code>&lt;b&gt;Warning&lt;/b&gt;: Undefined array key in &lt;b&gt;/var/www/x.php&lt;/b&gt; on line
&lt;b&gt;3&lt;/b&gt;</code>, and MySQL "You have an error in your SQL syntax; check the manual that corresponds to your
MySQL server version for the right syntax to use near ''' at line 1".</p>
<pre><code>&lt;?php
require 'db.php';
$id = $_GET['id'];</code></pre>`;

const AUTOINDEX = `<p>A folder without an index page shows a list, titled like this page. With
<code>autoindex off;</code> it shows 403 instead.</p><pre><a href="../">../</a>
<a href="#a">orders.csv</a></pre>`;

const CHANGELOG = `<p>Version 10.20.30.40 is out.</p><!-- username and password are required -->
<!-- see 192.168.0.1 in the router's manual --><p>Write to anna@camp.example.</p>`;

export const INFORMATION_LOOKALIKES: readonly SitePage[] = [
  { path: "/docs/errors", body: documentOf("Reading stack traces", TRACES) },
  { path: "/docs/autoindex", body: documentOf("Index of /exports/", AUTOINDEX) },
  { path: "/docs/errors.md", type: "text/markdown", body: `# Errors\n\n${JAVA_TRACE}\n` },
  { path: "/changes", body: documentOf("Changes", CHANGELOG) },
  { path: "/broken", status: 500, body: documentOf("Something went wrong", "<p>Your id is 7f3a.</p>") },
];
