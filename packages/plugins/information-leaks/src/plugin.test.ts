import { describe, expect, it } from "@jest/globals";
import { LINEAR_TIME_MS, processorTime, type TestFetch, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const HTML = "text/html; charset=utf-8";

async function found(fetch: Partial<TestFetch> & { type?: string }, settings = {}): Promise<string[]> {
  const { type = HTML, headers = {}, ...rest } = fetch;
  const all = { "content-type": type, ...(headers as Record<string, string>) };
  const result = await testPlugin(plugin, { fetches: [{ url: "/x", headers: all, ...rest }], settings });
  expect(result.requests).toEqual([]);
  return result.of("finding").map(({ type: name, rootCause }) => `${name} ${rootCause.key}`.trim());
}

const page = (title: string, body: string) =>
  `<!doctype html><html><head><title>${title}</title></head><body>${body}</body></html>`;
const PROSE =
  "<p>When a call fails, the runtime writes down which calls led there, the last one first.</p>".repeat(6);
const article = (quoted: string) =>
  page("Reading traces", `${PROSE}<pre><code>${quoted}</code></pre>${PROSE}`);

const JAVA = `java.lang.IllegalStateException: cart is empty
\tat com.camp.shop.Cart.total(Cart.java:41)
\tat com.camp.shop.web.CartController.show(CartController.java:88)
\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)
\tat org.springframework.web.method.support.InvocableHandlerMethod.doInvoke(InvocableHandlerMethod.java:255)`;
const DOT_NET = `System.NullReferenceException: Object reference not set to an instance of an object.
   at Camp.Shop.CartService.Total(Guid id) in C:\\src\\Camp\\CartService.cs:line 31
   at Camp.Shop.CartController.Show(Guid id)`;
const PYTHON = `Traceback (most recent call last):
  File "/srv/app/views.py", line 12, in show
    return render(cart[id])
KeyError: 7`;
const PHP = `PHP Fatal error:  Uncaught TypeError: total(): Argument #1 must be of type array in /srv/shop/cart.php:9
Stack trace:
#0 /srv/shop/index.php(17): total(NULL)
#1 {main}
  thrown in /srv/shop/cart.php on line 9`;
const RUBY = `app/models/cart.rb:12:in 'Cart#total'
app/controllers/carts_controller.rb:8:in 'CartsController#show'`;
const NODE = `TypeError: Cannot read properties of undefined (reading 'total')
    at show (/srv/shop/src/cart.js:14:22)
    at Layer.handle [as handle_request] (/srv/shop/node_modules/express/lib/router/layer.js:95:5)`;
const GO = `goroutine 34 [running]:
main.show(0xc000186000)
\t/srv/shop/cart.go:22 +0x1a5`;

describe("stack traces", () => {
  it.each([
    ["Java", JAVA],
    [".NET", DOT_NET],
    ["Python", PYTHON],
    ["PHP", PHP],
    ["Ruby", RUBY],
    ["Node.js", NODE],
    ["Go", GO],
  ])("of %s are found in errors, and not in articles", async (language, trace) => {
    const escaped = trace.replaceAll("<", "&lt;");
    const trail = `stack-trace ${language}`;
    expect(await found({ status: 500, body: page("Error", `<pre>${escaped}</pre>`) })).toContain(trail);
    expect(await found({ status: 500, type: "text/plain", body: trace })).toContain(trail);
    const json = JSON.stringify({ status: 500, trace });
    expect(await found({ status: 500, type: "application/json", body: json })).toContain(trail);
    expect(await found({ body: page("Cart", `<pre>${escaped}</pre>`) })).toContain(trail);
    expect(await found({ body: article(escaped) })).toEqual([]);
    expect(await found({ url: "/docs/errors.md", type: "text/markdown", body: trace })).toEqual([]);
    expect(await found({ type: "text/javascript", body: `/*\n${trace}\n*/` })).not.toContain(trail);
  });

  it("are found where Express writes them, with a line end for each frame", async () => {
    const body = `<pre>${NODE.replaceAll("\n    ", "<br> &nbsp; &nbsp;")}</pre>`;
    expect(await found({ status: 500, body: page("Error", body) })).toEqual(["stack-trace Node.js"]);
  });

  it.each([
    [
      "Java",
      "<pre>java.lang.X: y\n\tjava.base&#47;java.lang.Integer.parseInt(Integer.java:668)\n\tcom.camp.Cart.doGet(Cart.java:4)\n\tjavax.servlet.http.HttpServlet.service(HttpServlet.java:529)</pre>",
    ],
    ["Node.js", "<pre>Error: x\n    at find (/srv/a.js:1:2)\n    at async /srv/b.js:8:9</pre>"],
    ["Ruby", "<pre>\t/srv/app.rb:12:in `block in run'\n\tactionpack (7.0.4) lib/x.rb:6:in `send'</pre>"],
    [
      "Perl",
      '<pre>No cart at /srv/Cart.pm line 12.\n\tCart::find("Cart", 7) called at /srv/app.psgi line 9</pre>',
    ],
  ])("of %s are found in the form that its servers write", async (language, body) => {
    expect(await found({ status: 500, body: page("Error", body) })).toContain(`stack-trace ${language}`);
    expect(await found({ body: article(body.replace(/<\/?pre>/g, "")) })).toEqual([]);
  });

  it("of PHP are found as objects in JSON", async () => {
    const frame = (file: string) => ({ file: `/srv/shop/${file}.php`, line: 8, function: "x" });
    const json = (trace: unknown[]) => ({
      type: "application/json",
      status: 500,
      body: JSON.stringify({ trace }),
    });
    expect(await found(json([frame("a"), frame("b")]))).toContain("stack-trace PHP");
    expect(await found(json([frame("a")]))).toEqual([]);
  });

  it("need more than one frame", async () => {
    const body = page("Error", "<pre>at com.camp.shop.Cart.total(Cart.java:41)</pre>");
    expect(await found({ status: 500, body })).toEqual([]);
  });
});

describe("PHP's messages", () => {
  const message =
    '<br />\n<b>Warning</b>:  Undefined array key "id" in <b>/srv/shop/cart.php</b> on line <b>12</b><br />';

  it("are found by their markup in any page", async () => {
    expect(await found({ body: page("Cart", `${message}${PROSE}`) })).toEqual(["php-error"]);
    expect(await found({ body: article(message.replaceAll("<", "&lt;")) })).toEqual([]);
    expect(await found({ body: page("Note", "<p><b>Warning</b>: hot <b>stove</b></p>") })).toEqual([]);
  });
});

const PHP_PLAIN = "Warning: Undefined variable $x in /srv/shop/index.php on line 3";
const XDEBUG = `<table class="xdebug-error xe-warning"><tr><th>Warning</th></tr></table>`;
const CARP = "<h1>Software error:</h1><pre>Division by zero at /srv/cgi-bin/cart.pl line 12.</pre>";
const ASP = `<p><font>Microsoft VBScript runtime </font> <font>error '800a000d'</font><p><font>Type mismatch</font>`;

describe("messages of other programs", () => {
  it.each([
    ["php-error", { body: page("Cart", `\n${PHP_PLAIN}\n<p>Your cart</p>`) }],
    ["php-error", { body: page("Cart", XDEBUG) }],
    [
      "php-error",
      { type: "application/json", body: `<br />\n<b>Notice</b>:  x in <b>/srv/a.php</b> on line <b>3</b>` },
    ],
    ["script-error Perl", { body: page("Error", CARP) }],
    ["script-error ASP", { status: 500, body: page("Error", ASP) }],
  ])("are found as %s", async (expected, answer) => {
    expect(await found(answer)).toContain(expected);
  });

  it.each([
    page("Forum", `<p>${PHP_PLAIN}</p><p>What does it mean?</p>`),
    page("Forum", ASP),
    page("Forum", "<p>It dies with:</p><p>Division by zero at /srv/cgi-bin/cart.pl line 12.</p>"),
    article(`<b>Warning</b>:  x in <b>/srv/a.php</b> on line <b>3</b>`),
  ])("are none in what visitors write: %s", async (body) => {
    expect(await found({ body })).toEqual([]);
  });
});

describe("messages of databases", () => {
  const mysql =
    "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near ''1''' at line 1";

  it.each([
    ["MySQL", mysql],
    ["PostgreSQL", 'ERROR:  syntax error at or near "x" LINE 1: SELECT'],
    ["SQL Server", "Unclosed quotation mark after the character string ''."],
    ["Oracle", "ORA-00933: SQL command not properly ended"],
    ["SQLite", 'sqlite3.OperationalError: near "x": syntax error'],
    ["PDO", "SQLSTATE[42000]: Syntax error or access violation: 1064"],
  ])("of %s are found", async (database, message) => {
    expect(await found({ body: `<pre>${message}</pre>` })).toEqual([`sql-error ${database}`]);
    expect(await found({ body: page("Search", `<p>Error: ${message}</p>`) })).toEqual([
      `sql-error ${database}`,
    ]);
    expect(await found({ body: article(message) })).toEqual([]);
    const said = `<p>Such an application says ${message}</p>`;
    expect(await found({ body: page("Injection", said) })).toEqual([]);
    const sentence = `<p>Whoever sends a quote is told by a careless application: "${message}".</p>`;
    expect(await found({ body: page("Injection", PROSE + sentence) })).toEqual([]);
  });

  it("of several databases side by side are explained, but for an error's own page", async () => {
    const both = page("Errors", `<p>${mysql}</p><p>ORA-00933: SQL command not properly ended</p>`);
    expect(await found({ body: both })).toEqual([]);
    expect(await found({ status: 500, body: both })).toEqual(["sql-error MySQL"]);
  });
});

describe("stack traces of several languages", () => {
  it("are explained, but for an error's own page", async () => {
    const both = page("Traces", `<pre>${JAVA}</pre><pre>${PYTHON}</pre>`);
    expect(await found({ body: both })).toEqual([]);
    expect(await found({ status: 500, body: both })).toEqual(["stack-trace Java", "stack-trace Python"]);
  });
});

describe("debug pages", () => {
  it.each<[string, string, string]>([
    [
      "debug-page Django",
      "KeyError at /cart",
      '<div id="summary"><h1>KeyError at /cart</h1></div><div id="explanation"><p>You’re seeing this error because you have <code>DEBUG = True</code> in your Django settings file.</p></div>',
    ],
    [
      "debug-console Werkzeug",
      "KeyError: 7 // Werkzeug Debugger",
      '<script>var CONSOLE_MODE = false, EVALEX = true, EVALEX_TRUSTED = false;</script><div class="debugger"></div>',
    ],
    ["debug-page Laravel", "Oops", "<script>window.ignite({});</script>"],
    [
      "debug-page Symfony",
      "Cart not found (500)",
      '<div class="exception-summary"><div class="exception-message-wrapper"><h1 class="break-long-words exception-message">x</h1></div></div>',
    ],
    [
      "debug-page Sinatra",
      "ZeroDivisionError at /boom",
      '<div id="backtrace"></div><table class="req" id="env-info"></table><p id="explanation">You\'re seeing this error because you have enabled the <code>show_exceptions</code> setting.</p>',
    ],
    [
      "debug-page Sinatra",
      "",
      '<h2>Sinatra doesn’t know this ditty.</h2><img src="http://app.test/__sinatra__/404.png">',
    ],
    [
      "debug-page Rack",
      "KeyError at /cart",
      '<div id="summary"></div><div id="requestinfo"></div><div id="explanation"><p>You\'re seeing this error because you use <code>Rack::ShowExceptions</code>.</p></div>',
    ],
    [
      "debug-page Rails",
      "Action Controller: Exception caught",
      "<header><h1>KeyError</h1></header><code>Rails.root: /srv/shop</code>",
    ],
    [
      "debug-page ASP.NET",
      "Object reference not set",
      "<span><H1>Server Error in '/' Application.<hr></H1></span><b>Source File:</b> c:\\src\\x.cs <b>Stack Trace:</b>",
    ],
    ["debug-page Laravel 11", "Shop", "<div>ErrorException</div><span>PHP 8.3.4 — Laravel 11.9.0</span>"],
    ["debug-page Starlette", "Starlette Debugger", '<div class="traceback-container"></div>'],
    [
      "debug-page CakePHP",
      "Error: Missing Controller",
      '<small>Cake\\Http\\Exception\\X</small><div class="stack-frame-header"></div>',
    ],
    [
      "debug-page Yii",
      "Exception – yii\\base\\X",
      '<li class="application call-stack-item"><div class="element-wrap"></div></li>',
    ],
    [
      "debug-page CodeIgniter",
      "ErrorException",
      '<div class="environment">Displayed at 10:00:00am &mdash;\n PHP: 8.2.1 &mdash;\n CodeIgniter: 4.4.3 &mdash;\n Environment: development</div>',
    ],
    [
      "debug-page Play",
      "Execution exception",
      '<div id="play-error-page"><div id="source-code"></div></div>',
    ],
    [
      "debug-page Phoenix",
      "KeyError at GET /cart",
      '<ul class="stack-trace-list -show-all"></ul><div class="conn-info"></div>',
    ],
    ["debug-page Mojolicious", "Server error (development mode)", "<h1>x</h1>"],
    [
      "debug-page ColdFusion",
      "Error Occurred While Processing Request",
      "<p>The error occurred in <b>C:/cf/cart.cfm: line 7</b></p>",
    ],
    [
      "debug-page Lucee",
      "",
      '<table id="-lucee-err"><tr><td>Lucee 5.3.9.141 Error (expression)</td></tr></table>',
    ],
  ])("are told by what only they have: %s", async (expected, title, body) => {
    expect(await found({ status: 500, body: page(title, body) })).toEqual([expected]);
    expect(await found({ status: 500, body: page("Error", "<h1>Something went wrong</h1>") })).toEqual([]);
  });

  it("are not what the same frameworks show in production, nor what is written of them", async () => {
    const production = '<body id="play-error-page"><h1>Oops, an error occurred</h1></body>';
    expect(await found({ status: 500, body: production })).toEqual([]);
    const written = page("Server error (development mode)", "<p>We run PHP 8.3.4 — Laravel 11.9.0</p>");
    expect(await found({ body: written })).toEqual([]);
  });

  it("are told by Symfony's profiler link on any answer", async () => {
    const headers = { "x-debug-token-link": "https://app.test/_profiler/1a2b3c" };
    expect(await found({ headers, body: page("Cart", "") })).toEqual(["debug-page Symfony profiler"]);
  });

  it("stand for what they show", async () => {
    const body = page(
      "x",
      `<script>var EVALEX = false;</script><pre>${PYTHON}</pre><!-- /var/www/app/x.py -->`,
    );
    expect(await found({ status: 500, body })).toEqual(["debug-page Werkzeug without console"]);
  });
});

describe("directory listings", () => {
  const link = '<a href="backup.zip">backup.zip</a>';
  it.each<[string, string, string]>([
    [
      "Apache",
      "Index of /x",
      `<h1>Index of /x</h1><table><tr><th><a href="?C=N;O=D">Name</a></th></tr></table>${link}`,
    ],
    ["nginx", "Index of /x/", `<h1>Index of /x/</h1><hr><pre><a href="../">../</a>\n${link}</pre>`],
    ["lighttpd", "Index of /x/", `<h2>Index of /x/</h2><div class="list">${link}</div>`],
    [
      "Python http.server",
      "Directory listing for /x/",
      `<h1>Directory listing for /x/</h1><ul><li>${link}</li></ul>`,
    ],
    [
      "IIS",
      "app.test - /x/",
      `<H1>app.test - /x/</H1><pre><A HREF="/">[To Parent Directory]</A> ${link}</pre>`,
    ],
    [
      "Tomcat",
      "Directory Listing For [/x/]",
      `<table><tr><td>Filename</td><td>Last Modified</td></tr></table>${link}`,
    ],
    ["Jetty", "Directory: /x/", `<h1>Directory: /x/</h1><table><tr><td>${link}</td></tr></table>`],
    ["serve-index", "listing directory /x", `<ul id="files"><li>${link}</li></ul>`],
    ["serve", "Files within shop/x/", `<ul id="files"><li>${link}</li></ul>`],
  ])("of %s are told by structure and path", async (server, title, body) => {
    expect(await found({ url: "/x/", body: page(title, body) })).toEqual([`directory-listing ${server}`]);
    expect(await found({ url: "/blog/autoindex", body: page(title, body) })).toEqual([]);
    expect(await found({ url: "/x/", body: page(title, "<h1>Contents of this book</h1>") })).toEqual([]);
  });

  it("of Caddy are told by their links, of buckets by their XML", async () => {
    const sort = '<a href="./?sort=size&order=asc">Size</a>';
    const body = (name: string) => page("x/", `<div class="${name}">${sort}${link}</div>`);
    expect(await found({ url: "/x/", body: body("listing") })).toEqual(["directory-listing Caddy"]);
    expect(await found({ url: "/x/", body: body("products") })).toEqual([]);
    const bucket = (content: string) => ({
      type: "application/xml",
      body: `<?xml version="1.0"?>\n<ListBucketResult xmlns="x"><Name>a</Name>${content}</ListBucketResult>`,
    });
    expect(await found(bucket("<Contents><Key>db.sql</Key></Contents>"))).toEqual(["directory-listing S3"]);
    expect(await found(bucket(""))).toEqual([]);
  });

  it("of Go have no title, and nothing else", async () => {
    const body =
      '<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n<a href="a.txt">a.txt</a>\n</pre>\n';
    expect(await found({ url: "/x/", body })).toEqual(["directory-listing Go"]);
    expect(await found({ url: "/x/", body: page("Poem", body) })).toEqual([]);
  });
});

describe("source code", () => {
  const code = "<?php\nrequire 'db.php';\n$id = $_GET['id'];";
  it.each<[string, Partial<TestFetch> & { type?: string }, string[]]>([
    ["PHP in a page", { body: code }, ["source-code PHP"]],
    ["PHP as plain text", { url: "/cart.php", type: "text/plain", body: code }, ["source-code PHP"]],
    ["JSP", { body: '<%@ page language="java" contentType="text/html" %>' }, ["source-code JSP"]],
    ["a copy of a file", { url: "/cart.php.bak", type: "application/octet-stream", body: code }, []],
    ["a text that is meant as one", { url: "/example.txt", type: "text/plain", body: code }, []],
    [
      "an example of a wiki that is saved as a file (DokuWiki's export_code)",
      {
        url: "/doku.php?do=export_code&id=wiki:syntax&codeblock=0",
        type: "text/plain; charset=utf-8",
        headers: { "content-disposition": "attachment; filename=myexample.php" },
        body: code,
      },
      [],
    ],
    [
      "a wiki page in its own notation (DokuWiki's export_raw)",
      {
        url: "/doku.php?do=export_raw&id=wiki:syntax",
        type: "text/plain; charset=utf-8",
        body: `====== Formatting Syntax ======\n<file php myexample.php>\n${code}\n</file>\n`,
      },
      [],
    ],
    ["an article", { body: article(code.replaceAll("<", "&lt;")) }, []],
    ["an editor", { body: page("Edit", `<textarea>${code}</textarea>`) }, []],
    [
      "a template in a script",
      { body: page("x", `<script type="text/template"><%@ page x="" %></script>`) },
      [],
    ],
    ["a highlighter", { type: "text/javascript", body: `const a = "${code}"` }, []],
    ["an XML declaration", { body: '<?xml version="1.0"?><html></html>' }, []],
  ])("judges %s", async (_what, fetch, expected) => {
    expect(await found(fetch)).toEqual(expected);
  });
});

describe("what names the inside", () => {
  it.each<[string, Partial<TestFetch> & { type?: string }, string[]]>([
    [
      "a path in a comment",
      { body: page("x", "<!-- /var/www/shop/templates/cart.tpl -->") },
      ["internal-path"],
    ],
    [
      "a path in a bundle",
      { type: "text/javascript", body: '"/home/runner/work/shop/src/a.js"' },
      ["internal-path"],
    ],
    ["a path in an article", { body: page("x", "<p>Copy it to /var/www/shop/index.html</p>") }, []],
    ["a path of nobody", { type: "text/plain", body: "cd /home/user/project/src" }, []],
    ["a web path", { body: page("x", '<a href="https://app.test/home/anna/photos">x</a>') }, []],
    [
      "an address in a header",
      { headers: { "x-backend": "10.2.3.4:8080" }, body: "" },
      ["private-address header"],
    ],
    ["an address in a comment", { body: page("x", "<!-- server: 10.2.3.4 -->") }, ["private-address body"]],
    [
      "an address in data",
      { type: "application/json", body: '{"url":"http://172.20.0.5:9200/"}' },
      ["private-address body"],
    ],
    [
      "an address that made a page",
      { body: page("x", "<!-- made by 10.2.3.4 -->") },
      ["private-address body"],
    ],
    ["a build", { body: page("x", "<!-- build 10.2.3.4 -->") }, []],
    ["an address in a manual", { type: "text/plain", body: "Allow logins from 10.2.3.4 only" }, []],
    ["a path of the site", { body: page("x", '<a href="/home/anna/photos">x</a>') }, []],
    [
      "a login on lines of its own",
      { body: page("x", "<!--\nUser: anna\nPassword: k3ttle\n-->") },
      ["credentials-in-comment"],
    ],
    ["a version", { type: "text/javascript", body: 'var version="10.2.3.4"' }, []],
    ["a position", { type: "image/svg+xml", body: '<path d="M 10.2.3.4 z"/>' }, []],
    ["a router's address", { body: page("x", "<!-- http://192.168.0.1/ -->") }, []],
    ["a public address", { body: page("x", "<!-- http://172.15.3.4/ -->") }, []],
    [
      "a login in a comment",
      { body: page("x", "<!-- user: admin password: k3ttle -->") },
      ["credentials-in-comment"],
    ],
    [
      "one whose value is masked",
      {
        body: page("x", "<!--\nuser: admin\n-->\n<!-- login admin, password: [redacted:password:ab12cd] -->"),
      },
      ["credentials-in-comment"],
    ],
    ["a comment on a field", { body: page("x", "<!-- username and password: required -->") }, []],
    ["an address of a person", { body: page("x", "<p>anna@camp.test</p>") }, []],
  ])("judges %s", async (_what, fetch, expected) => {
    expect(await found(fetch)).toEqual(expected);
  });

  it("reports e-mail addresses when asked to, masked ones too", async () => {
    for (const address of ["anna@camp.test", "[redacted:email:ab12cd]"])
      expect(await found({ body: page("x", `<p>${address}</p>`) }, { emails: true })).toEqual([
        "email-address",
      ]);
  });
});

describe("source maps", () => {
  const map =
    '{"version":3,"file":"a.js","sources":["../src/a.ts"],"sourcesContent":["export const a = 1;"],"mappings":"AAAA"}';
  const inline = Buffer.from(map).toString("base64");
  const JS = "text/javascript";
  it.each<[string, Partial<TestFetch> & { type?: string }, string[]]>([
    ["a map with sources", { url: "/a.js.map", type: "application/json", body: map }, ["source-map"]],
    [
      "a map of public packages",
      { type: "application/json", body: map.replace("../src/a.ts", "../node_modules/a/a.js") },
      [],
    ],
    ["a map without", { type: "application/json", body: map.replace('"export const a = 1;"', "null") }, []],
    [
      "a map in the script",
      { type: JS, body: `a;\n//# sourceMappingURL=data:application/json;base64,${inline}` },
      ["source-map"],
    ],
    ["a reference", { type: JS, body: "a;\n//# sourceMappingURL=a.js.map\n" }, ["source-map-reference"]],
    ["a header", { type: JS, headers: { sourcemap: "/a.js.map" }, body: "a;" }, ["source-map-reference"]],
    ["a word", { type: JS, body: 'const x = "//# sourceMappingURL=" + y;' }, []],
  ])("judges %s", async (_what, fetch, expected) => {
    expect(await found(fetch)).toEqual(expected);
  });
});

describe("a hostile body", () => {
  it.each(["at a.b.c(", "<?php ", "10.", "/home/a/", "user: ", 'File "'])(
    "of %j costs no more than its length",
    async (part) => {
      const body = part.repeat(Math.floor(250_000 / part.length));
      const read = () => found({ status: 500, type: "text/plain", body });
      expect(await processorTime(read)).toBeLessThan(LINEAR_TIME_MS);
    },
  );
});
