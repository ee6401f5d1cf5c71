import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { LINEAR_TIME_MS, processorTime, type TestFetch, testPlugin } from "@picket/plugin-sdk/testing";
import { readLibraries } from "./libraries.ts";
import { plugin } from "./plugin.ts";
import { recognise, vulnerabilitiesOf } from "./recognise.ts";
import { compareVersions } from "./version.ts";

const JS: TestFetch = { url: "/app.js", headers: { "content-type": "text/javascript" } };
const HTML: TestFetch = { url: "/", headers: { "content-type": "text/html" } };

async function found(fetch: TestFetch): Promise<string[]> {
  const result = await testPlugin(plugin, { fetches: [fetch] });
  expect(result.requests).toEqual([]);
  return result.of("finding").map(({ rootCause, severity }) => `${rootCause.key} ${severity}`);
}

describe("client-libraries", () => {
  it.each<[string, string[]]>([
    ["/*! jQuery v1.12.4 | (c) jQuery Foundation | jquery.org/license */", ["jquery medium"]],
    ["/*!\n * jQuery JavaScript Library v3.4.1\n */", ["jquery medium"]],
    ["/*! jQuery v3.7.1 | (c) OpenJS Foundation */", []],
    ["/*! jQuery UI - v1.12.1 - 2016-09-14", ["jquery-ui medium"]],
    ["/*!\n  * Bootstrap v4.1.3 (https://getbootstrap.com/)", ["bootstrap medium"]],
    ["/*!\n  * Bootstrap v5.3.3 (https://getbootstrap.com/)", []],
    ["/*\n AngularJS v1.8.2\n (c) 2010-2020 Google LLC", ["angularjs medium"]],
    ["//! moment.js\n//! version : 2.29.4", []],
    ["//! moment.js\n//! version : 2.24.0", ["moment.js low"]],
    ["/*! @license DOMPurify 2.4.0 | (c) Cure53", ["DOMPurify high"]],
    ["/**!\n\n @license\n handlebars v4.5.3", ["handlebars high"]],
    ["// needs jQuery 1.12.4 or later", []],
    [
      'var f="3.4.1",S=function(e,t){return new S.fn.init(e,t)};S.fn=S.prototype={jquery:f}',
      ["jquery medium"],
    ],
    ['w=function(e,t){return new w.fn.init(e,t)};w.fn=w.prototype={jquery:"3.3.1",', ["jquery medium"]],
    ['S.fn=S.prototype={jquery:"3.7.1",', []],
    ['Yn.VERSION="4.17.11",r(["bind","bindKey","curry"', ["lodash medium"]],
    ['Yn.VERSION="4.17.21",r(["bind","bindKey","curry"', []],
    ["/** @license Lodash lodash.com/license | Underscore.js 1.8.3 underscorejs.org/LICENSE", []],
    ["/**\n * Lodash <https://lodash.com/>\n * Based on Underscore.js 1.8.3 <http", []],
    ["//     Underscore.js 1.8.3\n//     http://underscorejs.org", ["underscore.js medium"]],
    ["/*!\n Buttons for DataTables 1.5.6\n", []],
    ["/*! DataTables 1.10.16\n * ©2008-2017 SpryMedia Ltd", ["jquery.datatables medium"]],
    ["/*!\n Copyright SpryMedia Ltd.\n\n DataTables 1.10.19\n", ["jquery.datatables medium"]],
    ['n._d=new Date(h(e))}),_.version="2.24.0",H=W', ["moment.js low"]],
    [
      "/*! @license DOMPurify | (c) Cure53 | github.com/cure53/DOMPurify/blob/2.0.7/LICENSE */",
      ["DOMPurify high"],
    ],
    ["const pdfjsVersion = '2.0.943';", ["pdf.js high"]],
    ["/*!\n * Vue.js v2.6.10\n", ["vue low"]],
    ["/* axios v0.21.0 | (c) 2020 by Matt Zabriskie */", ["axios medium"]],
    ["/*! Axios v1.13.2 Copyright (c) 2025", []],
    ["/**\n * TinyMCE version 6.3.1 (2022-12-06)\n */", ["tinymce medium"]],
    [
      "/**\n * Copyright (c) Tiny Technologies, Inc. All rights reserved.\n * Licensed under\n *\n * Version: 5.0.9 (2019-06-26)",
      ["tinymce medium"],
    ],
    ['{timestamp:"I3I8",version:"4.9.1",revision:"95e5d83"', ["ckeditor medium"]],
    ["/*  Prototype JavaScript framework, version 1.6.0", ["prototype low"]],
    ["", []],
  ])("tells by content: %j", async (body, expected) => {
    expect(await found({ ...JS, body })).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ["https://code.jquery.com/jquery-1.12.4.min.js", ["jquery medium"]],
    ["https://code.jquery.com/jquery-3.3.1.slim.min.js", ["jquery medium"]],
    ["//cdnjs.cloudflare.com/ajax/libs/jquery/3.7.1/jquery.min.js", []],
    ["https://cdn.jsdelivr.net/npm/bootstrap@4.1.3/dist/js/bootstrap.min.js", ["bootstrap medium"]],
    ["https://unpkg.com/lodash@4.17.10", ["lodash medium"]],
    ["https://cdnjs.cloudflare.com/ajax/libs/lodash.js/4.17.10/lodash.min.js", ["lodash medium"]],
    ["https://cdn.example.com/jquery.3b12048f.min.js", []],
    ["https://cdn.example.com/jquery-cookie-1.4.1.js", []],
    ["/static/jquery-1.12.4.min.js", []],
    ["https://[not a url", []],
  ])("tells a script of another host by its URL: %s", async (source, expected) => {
    expect(await found({ ...HTML, body: `<script src="${source}"></script>` })).toEqual(expected);
  });

  it("believes the file rather than its name, and the name where the file says nothing", async () => {
    const url = "/static/jquery-1.12.4.min.js";
    expect(await found({ ...JS, url, body: "/*! jQuery v3.7.1 | (c) OpenJS" })).toEqual([]);
    expect(await found({ ...JS, url, body: "!function(){}();" })).toEqual(["jquery medium"]);
    expect(await found({ ...JS, url, status: 404, body: "" })).toEqual([]);
  });

  it("names each vulnerability in the evidence, and no version in the title", async () => {
    const body = "/*! jQuery v3.4.1 | (c) JS Foundation";
    const result = await testPlugin(plugin, { fetches: [{ ...JS, body }] });
    expect(result.of("finding")[0]).toMatchObject({ title: "jQuery has known vulnerabilities" });
    const [evidence] = result.of("evidence");
    expect(evidence?.snippet).toContain(
      "CVE-2020-11022, GHSA-gxr4-xjj5-5px2 (medium; from 1.12.0, below 3.5.0)",
    );
    expect(evidence?.snippet).not.toContain("CVE-2019-11358");
  });
});

describe("versions", () => {
  it.each([
    ["1.9.0", "1.10.0"],
    ["3.0.0-beta1", "3.0.0"],
    ["3.0.0-beta.1", "3.0.0-rc.1"],
    ["1.14", "1.14.1"],
    ["2.9.4", "3.0.0-alpha"],
  ])("%s comes before %s", (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
    expect(compareVersions(older, older)).toBe(0);
  });
});

describe("a data file", () => {
  const entry = (filecontent: string[]) => ({
    lib: {
      extractors: { filecontent },
      vulnerabilities: [{ below: "2.0.0", severity: "low", identifiers: {} }],
    },
  });

  it("is refused when it is of another format", () => {
    expect(() => readLibraries({ lib: { extractors: [] } })).toThrow(
      /libraries\.json is no data file .* at lib/s,
    );
    expect(() => readLibraries({ $about: { version: "", date: "today" } })).toThrow("$about");
  });

  it("says its version and date, in the manifest and with every finding; without them it is known by its hash", async () => {
    const body = "/*! jQuery v3.4.1 | (c) JS Foundation";
    const { manifest, of } = await testPlugin(plugin, { fetches: [{ ...JS, body }] });
    expect(manifest.data).toMatchObject({ version: expect.any(String), date: expect.stringMatching(/^20/) });
    expect(of("evidence")[0]?.details.data).toEqual(manifest.data);
    expect(of("evidence")[0]?.snippet).toContain(`as known on ${manifest.data?.date}`);
    const { about } = readLibraries(entry([]));
    expect(about).toMatchObject({ date: null, version: about.sha256.slice(0, 12) });
  });

  it("loses patterns that RE2 refuses, and keeps the others", () => {
    const { libraries } = readLibraries(entry(["(a)\\1(§§version§§)", "lib v(§§version§§)"]));
    expect(libraries[0]?.content).toHaveLength(1);
  });

  it("holds up nothing, whatever its patterns are", async () => {
    const { libraries } = readLibraries(entry(["((a+)+)+ (§§version§§)"]));
    const search = () =>
      expect(recognise(libraries, new URL("http://app.test/"), "a".repeat(100_000))).toEqual([]);
    expect(await processorTime(search)).toBeLessThan(LINEAR_TIME_MS);
  });

  const RETIRE = process.env.RETIRE_REPOSITORY;
  (RETIRE ? it : it.skip)("may be that of retire.js", () => {
    const { libraries } = readLibraries(JSON.parse(readFileSync(RETIRE ?? "", "utf8")));
    const started = performance.now();
    const found = recognise(
      libraries,
      new URL("http://app.test/a.js"),
      `/*! jQuery v1.12.4 */${"var a=1;".repeat(30_000)}`,
    );
    process.stderr.write(
      `retire.js: ${libraries.length} libraries, ${Math.round(performance.now() - started)} ms\n`,
    );
    expect(found.map((one) => [one.library.key, vulnerabilitiesOf(one).length > 0])).toEqual([
      ["jquery", true],
    ]);
  });
});
