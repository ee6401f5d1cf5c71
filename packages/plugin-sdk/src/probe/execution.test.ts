import { describe, expect, it } from "@jest/globals";
import { testHttpResponse } from "../testing/http-response.ts";
import { answerOf } from "./answer.ts";
import { executionOf } from "./execution.ts";
import { survivors } from "./survivors.ts";

const MARK = "bdfghjkmnqvw";
const CALL = `${MARK}()`;

function executionIn(body: string, type = "text/html", policy: string | null = null) {
  const headers: [string, string][] = [["content-type", type]];
  if (policy !== null) headers.push(["content-security-policy", policy]);
  return executionOf(answerOf(testHttpResponse({ body, headers })), MARK);
}

function runIn(body: string, type?: string) {
  const run = executionIn(body, type);
  return run && `${run.by} ${run.element} ${run.attribute ?? ""}`.trim();
}

describe("executionOf", () => {
  it.each([
    ["an element of its own", `<p>a<svg/onload=${CALL}></p>`, "handler svg onload"],
    ["an attribute of its own", `<input value="a"onfocus="${CALL}">`, "handler input onfocus"],
    ["a handler that goes on", `<a onclick="go(''-${CALL}-'')">a</a>`, "handler a onclick"],
    ["a handler behind entities", `<a onclick="go('&#39;-${CALL}-&#39;')">a</a>`, "handler a onclick"],
    ["a script that goes on", `<script>a = ''-${CALL}-'';</script>`, "script script"],
    ["a template literal", `<script>a = \`\${${CALL}}\`</script>`, "script script"],
    ["a module", `<script type=module>import a from "b"; ${CALL}</script>`, "script script"],
    ["a link", `<a href=" java\tscript:${CALL}">a</a>`, "javascript-url a href"],
    ["an escaped link", `<a href="javascript:%62dfghjkmnqvw()//${MARK}">a</a>`, "javascript-url a href"],
    ["a script of another host", `<script src="//${MARK}.example/"></script>`, "script-source script src"],
    ["what closes its place", `<title></title><svg/onload=${CALL}></title>`, "handler svg onload"],
    [
      "an expression",
      `<div ng-app><p>{{constructor.constructor(&#39;${CALL}&#39;)()}}</p></div>`,
      "expression p",
    ],
    [
      "an expression in an attribute",
      `<html ng-app><input value="{{constructor.constructor('${CALL}')()}}">`,
      "expression input value",
    ],
    ["a call without parentheses", `<svg/onload=${MARK}\`\`>`, "handler svg onload"],
    ["a frame's document", `<iframe srcdoc="&lt;svg/onload=${CALL}&gt;"></iframe>`, "handler svg onload"],
    ["foreign content", `<svg><desc><svg onload=${CALL}></desc></svg>`, "handler svg onload"],
  ])("sees %s", (_, body, expected) => {
    expect(runIn(body)).toBe(expected);
  });

  it.each([
    ["encoded text", `<p>&lt;svg/onload=${CALL}></p>`],
    ["a text area", `<textarea><svg/onload=${CALL}></textarea>`],
    ["a title", `<title><svg/onload=${CALL}></title>`],
    ["a comment", `<!-- <svg/onload=${CALL}> -->`],
    ["a template", `<template><svg/onload=${CALL}></template>`],
    ["noscript", `<noscript><svg/onload=${CALL}></noscript>`],
    ["an attribute that encodes quotes", `<input value="&quot;onfocus=&quot;${CALL}">`],
    ["an attribute of other quotes", `<input value='"onfocus="${CALL}'>`],
    ["a script's string", `<script>a = "\\"-${CALL}-\\"";</script>`],
    ["a script that cannot be run", `<script>a = ''-${CALL}-''' ;</script>`],
    ["a regular expression", `<script>a = /${CALL}/;</script>`],
    ["a script's comment", `<script>/* ${CALL} */</script>`],
    ["a data block", `<script type="application/ld+json">${CALL}</script>`],
    ["a name without a call", `<svg/onload=${MARK}>`],
    ["a made-up attribute", `<p data-onload="${CALL}">`],
    ["an element no event reaches", `<meta content="" onload="${CALL}">`],
    ["a hidden field", `<input type=hidden value="" onfocus="${CALL}">`],
    ["a link with a scheme before", `<a href="/go?to=javascript:${CALL}">a</a>`],
    ["a picture's address", `<img src="javascript:${CALL}">`],
    ["an expression that nobody reads", `<p>{{constructor.constructor('${CALL}')()}}</p><div ng-app></div>`],
    [
      "an expression that is left alone",
      `<div ng-app><p ng-non-bindable>{{constructor.constructor('${CALL}')()}}</p></div>`,
    ],
    ["an expression without its signs", `<div ng-app>constructor.constructor('${CALL}')()</div>`],
    ["a frame's encoded document", `<iframe srcdoc="&amp;lt;svg/onload=${CALL}&amp;gt;"></iframe>`],
    ["a frame without scripts", `<iframe sandbox srcdoc="<svg/onload=${CALL}>"></iframe>`],
    ["a script of the own host", `<script src="/${MARK}.example/"></script>`],
  ])("is not fooled by %s", (_, body) => {
    expect(runIn(body)).toBeNull();
  });

  const RUNS = `<p><svg/onload=${CALL}></p>`;
  const WITH_NONCE = `<script nonce=n1>a = ''-${CALL}-''</script>`;
  it.each([
    ["none", RUNS, null, false],
    ["of other things", RUNS, "frame-ancestors 'none'; object-src 'none'", false],
    ["that lets what is inline run", RUNS, "default-src 'self'; script-src 'self' 'unsafe-inline'", false],
    [
      "for a script of whatever host",
      `<script src="//${MARK}.example/"></script>`,
      "script-src https:",
      false,
    ],
    ["with the nonce of the script", WITH_NONCE, "script-src 'nonce-n1'", false],
    ["with a nonce of others", RUNS, "script-src 'nonce-n1' 'unsafe-inline'", true],
    ["of the own host", RUNS, "script-src 'self'", true],
    ["for handlers", RUNS, "script-src 'unsafe-inline'; script-src-attr 'none'", true],
    [
      "that lets expressions run",
      `<div ng-app>{{constructor.constructor('${CALL}')()}}`,
      "script-src 'unsafe-eval'",
      false,
    ],
    [
      "without code from text",
      `<div ng-app>{{constructor.constructor('${CALL}')()}}`,
      "script-src 'self'",
      true,
    ],
    ["by default", RUNS, "default-src 'self'", true],
    ["of two, one", RUNS, "script-src 'unsafe-inline', script-src 'none'", true],
    ["that keeps scripts out", RUNS, "sandbox allow-forms", true],
    [
      "in the page",
      `<meta http-equiv=Content-Security-Policy content="script-src 'self'">${RUNS}`,
      null,
      true,
    ],
    ["too late", `${RUNS}<meta http-equiv=Content-Security-Policy content="script-src 'self'">`, null, false],
  ])("reads a policy: %s", (_, body, policy, isStopped) => {
    expect(executionIn(body, "text/html", policy)?.isStopped).toBe(isStopped);
  });

  it("needs a page", () => {
    const body = `<svg/onload=${CALL}>`;
    expect(runIn(body, "text/plain")).toBeNull();
    expect(runIn(body, "application/json")).toBeNull();
    expect(runIn(body, "application/xhtml+xml")).not.toBeNull();
  });

  it("survives scripts that no parser can read", () => {
    expect(runIn(`<script>${"(".repeat(120_000)}${CALL}</script>`)).toBeNull();
    expect(runIn(`<script>\u0000 }{ ${CALL}</script>`)).toBeNull();
  });
});

describe("survivors", () => {
  const sent = "<>\"'";
  const of = (text: string) => {
    const survived = survivors(text, "bbb", sent, "zzz");
    return survived && [...survived].sort().join("");
  };

  it("tells which characters came back raw", () => {
    expect(of(`<p>bbb${sent}zzz</p>`)).toBe("\"'<>");
    expect(of("bbb&lt;&gt;&quot;'zzz")).toBe("'");
    expect(of("bbb\\\"\\'zzz")).toBe("");
    expect(of("bbbzzz")).toBe("");
  });

  it("cannot tell where nothing came back, or a word is gone with it", () => {
    expect(of("bbb and then nothing")).toBeNull();
    expect(survivors("<p>bbbzzz</p>", "bbb", "<svg ", "zzz")).toBeNull();
    expect(survivors("<p>bbbsvg zzz</p>", "bbb", "<svg ", "zzz")).toEqual(new Set([" "]));
  });

  it("takes the most permissive of several places", () => {
    expect(of(`bbb&lt;&gt;zzz bbb<zzz bbb"zzz`)).toBe('"<');
  });
});
