import { describe, expect, it } from "@jest/globals";
import { testHttpResponse } from "../testing/http-response.ts";
import { LINEAR_TIME_MS, processorTime } from "../testing/processor-time.ts";
import { proveArithmetic } from "./arithmetic.ts";
import { fileContentOffset } from "./file-content.ts";
import { plainText } from "./plain-text.ts";
import { compileSignatures } from "./signatures.ts";

describe("proveArithmetic", () => {
  const braces = {
    evaluated: ({ before, a, b, after }: { before: string; a: number; b: number; after: string }) =>
      `${before}{{${a}*${b}}}${after}`,
    inert: ({ before, a, b, after }: { before: string; a: number; b: number; after: string }) =>
      `${before}{${a}*${b}}${after}`,
  };
  const prove = (page: (value: string) => string) =>
    proveArithmetic(async (value) => testHttpResponse({ body: page(value) }), braces);
  const product = (_: string, a: string, b: string) => String(Number(a) * Number(b));

  it("proves a template that is worked out", async () => {
    const proof = await prove((value) => value.replace(/\{\{(\d+)\*(\d+)\}\}/, product));
    expect(proof?.proofs).toHaveLength(2);
    expect(proof?.control.offset).toBe(-1);
  });

  it("reads grouped digits", async () => {
    const grouped = (_: string, a: string, b: string) => (Number(a) * Number(b)).toLocaleString("en");
    expect(await prove((value) => value.replace(/\{\{(\d+)\*(\d+)\}\}/, grouped))).not.toBeNull();
  });

  it("is not fooled by an echo, by a page that calculates everything, or by a constant", async () => {
    expect(await prove((value) => value)).toBeNull();
    expect(await prove((value) => value.replace(/\{+(\d+)\*(\d+)\}+/, product))).toBeNull();
    expect(await prove(() => "2147483647")).toBeNull();
  });
});

describe("compileSignatures", () => {
  const match = compileSignatures([
    { name: "mysql", parts: ["You have an error in your SQL syntax", "near '"] },
    { name: "sqlite", parts: ['near "', '": syntax error'] },
  ]);

  it("finds parts in order, whatever their case and escaping", () => {
    expect(match(`<b>near &quot;foo&quot;: syntax error</b>`)?.name).toBe("sqlite");
    expect(match(JSON.stringify({ error: 'SQLITE_ERROR: near "x": syntax error' }))?.name).toBe("sqlite");
    expect(match("you have an error in your sql SYNTAX; check … near &#039;'5")?.name).toBe("mysql");
  });

  it("finds no parts that are far apart, in the wrong order, or alone", () => {
    expect(match(`near "x ${"y ".repeat(200)}": syntax error`)).toBeNull();
    expect(match('": syntax error near "')).toBeNull();
    expect(match("You have an error in your SQL syntax")).toBeNull();
  });

  it("takes time in proportion to the text, whatever the text", async () => {
    const search = () => expect(match('near "'.repeat(40_000))).toBeNull();
    expect(await processorTime(search)).toBeLessThan(LINEAR_TIME_MS);
  });
});

describe("fileContentOffset", () => {
  const PASSWD = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
_apt:x:100:65534::/nonexistent:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
`;
  it("knows the files by their shape", () => {
    expect(fileContentOffset("passwd", PASSWD)).toBe(0);
    expect(fileContentOffset("passwd", `<html><pre>${PASSWD}</pre></html>`)).toBe(11);
    expect(fileContentOffset("passwd", JSON.stringify({ file: PASSWD }))).toBeGreaterThan(0);
    expect(fileContentOffset("win.ini", "; for 16-bit app support\r\n[fonts]\r\n[extensions]\r\n")).toBe(26);
    expect(fileContentOffset("hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n")).toBe(0);
  });

  it("is not fooled by pages that talk about them", () => {
    expect(fileContentOffset("passwd", "<p>A line such as root:x:0:0:root:/root:/bin/bash is …</p>")).toBe(
      -1,
    );
    expect(fileContentOffset("passwd", "Blocked: ../../etc/passwd root:x:0:0 sleep(5)")).toBe(-1);
    expect(fileContentOffset("win.ini", "<p>The section [fonts] of win.ini</p>")).toBe(-1);
    expect(fileContentOffset("hosts", "Add 127.0.0.1 localhost to your hosts file")).toBe(-1);
  });
});

describe("plainText", () => {
  it("undoes what HTML, JSON and URLs do to quotes", () => {
    expect(plainText('&#39;&#x27;&apos;&quot;\\"%27\\u0027&lt;')).toBe("'''\"\"''<");
  });
});
