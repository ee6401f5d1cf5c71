import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { commandPage, commandSite } from "../injection/command-site.ts";
import { runProgram } from "../injection/shell.ts";

const ARTICLE = html`<p>A value that ends a line of the shell with <code>;</code> begins another:
<code>192.0.2.1; echo $((6*7))</code> prints 42, and <code>; id</code> prints</p>
<pre>uid=33(www-data) gid=33(www-data) groups=33(www-data)</pre><p>sh: 1: Syntax error: Unterminated quoted string</p>`;

const sumOf = (text: string) => {
  const [, a, b] = /^(\d{1,6})\s*\*\s*(\d{1,6})$/.exec(text.trim()) ?? [];
  return b === undefined ? "no sum" : String(Number(a) * Number(b));
};

/** Starts programs with values as words of their own; repeats, explains and works out, but runs nothing. */
export const commandSafe: Application = {
  description: "The same tools, which start programs without a shell, with pages that explain and calculate",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    const app = commandSite(
      {
        ping: (host) => runProgram(["ping", "-c", "1", host]),
        host: (name) => runProgram(["host", name]),
        label: (file) => runProgram(["echo", `label of ${file}`]),
      },
      ["/article", "/sum?of=6*7", "/say.txt?words=hello"],
    );
    app.get("/article", (_request, response) => void response.send(commandPage("Article", ARTICLE)));
    app.get("/sum", ({ query }, response) => {
      response.send(commandPage("Sum", html`<p>${String(query.of)} is ${sumOf(String(query.of))}</p>`));
    });
    app.get("/say.txt", ({ query }, response) => void response.type("text").send(`$ ${String(query.words)}`));
    return app;
  },
};
