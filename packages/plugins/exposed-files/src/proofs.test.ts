import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { proveDsStore } from "./config-proofs.ts";
import { proveActuatorEnv, proveActuatorHealth, provePhpinfo, proveServerStatus } from "./console-proofs.ts";
import type { Content, Prove } from "./proof.ts";
import {
  proveEnv,
  proveGitConfig,
  proveGitHead,
  proveHtpasswd,
  provePrivateKey,
  proveSource,
  proveSqlDump,
} from "./proofs.ts";

function content(text: string, isHtml = false): Content {
  return { bytes: new TextEncoder().encode(text), text, isHtml };
}

function fixture(name: string): Content {
  return content(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8"));
}

function privateKey(format: "pkcs1" | "pkcs8", passphrase?: string): Content {
  const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const cipher = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  return content(key.export({ format: "pem", type: format, ...cipher }).toString());
}

const MYSQL =
  "-- MySQL dump 10.19  Distrib 10.3.38-MariaDB\n--\nDROP TABLE IF EXISTS `a`;\nCREATE TABLE `a` (\n";
const STATUS =
  "<title>Apache Status</title><dt>Server Version: Apache/2.4.54 (Debian)</dt><dt>Server uptime:  1 day</dt>";
const PHPINFO =
  '<title>PHP 8.2.7 - phpinfo()</title><h1 class="p">PHP Version 8.2.7</h1><td class="e">Configuration File (php.ini) Path </td>';
const ACTUATOR_ENV =
  '{"activeProfiles":["prod"],"propertySources":[{"name":"systemProperties","properties":{}}]}';

describe("proofs accept the real thing and show no secret of it", () => {
  it.each<[string, Prove, Content, string]>([
    [".git/HEAD", proveGitHead, fixture("git-head.txt"), "ref: refs/heads/main"],
    [".git/HEAD of a commit", proveGitHead, content(`${"0123456789".repeat(4)}\n`), "0123456789".repeat(4)],
    [".git/config", proveGitConfig, fixture("git-config.txt"), "repositoryformatversion = 0"],
    [
      ".env",
      proveEnv,
      content('# x\nAPP=shop\nexport DB_PASSWORD="p w"\nAPI_KEY=k1 # live'),
      "DB_PASSWORD=…\nAPI_KEY=…",
    ],
    ["sqlite dump", proveSqlDump, fixture("sqlite.sql"), "PRAGMA foreign_keys=OFF;"],
    ["postgres dump", proveSqlDump, fixture("postgres.sql"), "-- PostgreSQL database dump"],
    ["mysql dump", proveSqlDump, content(MYSQL), "-- MySQL dump 10.19  Distrib 10.3.38-MariaDB"],
    [
      "table and rows",
      proveSqlDump,
      content("CREATE TABLE a (b int);\nINSERT INTO a VALUES (1);"),
      "CREATE TABLE a",
    ],
    ["PKCS #1 key", provePrivateKey, privateKey("pkcs1"), "-----BEGIN RSA PRIVATE KEY-----"],
    ["PKCS #8 key", provePrivateKey, privateKey("pkcs8"), "-----BEGIN PRIVATE KEY-----"],
    ["encrypted PKCS #1 key", provePrivateKey, privateKey("pkcs1", "x"), "-----BEGIN RSA PRIVATE KEY-----"],
    [".htpasswd", proveHtpasswd, fixture("htpasswd.txt"), "…:$apr1$…\n…:$6$…"],
    ["server-status", proveServerStatus, content(STATUS, true), "Server Version: Apache/2.4.54 (Debian)"],
    ["phpinfo", provePhpinfo, content(PHPINFO, true), "PHP Version 8.2.7"],
    ["actuator env", proveActuatorEnv, content(ACTUATOR_ENV), "property sources: systemProperties"],
    [
      "actuator health",
      proveActuatorHealth,
      content('{"status":"UP","components":{"db":{"status":"UP"}}}'),
      "components: db",
    ],
    ["PHP", proveSource("php"), content("<?php\n$a = 1;"), "<?php"],
    ["JSP", proveSource("jsp"), content('<%@ page import="java.util.*" %>'), "<%@"],
    ["Python", proveSource("py"), content("#!/usr/bin/env python3\nimport os\n"), "import o"],
  ])("%s", (_what, prove, real, snippet) => {
    expect(prove(real)?.snippet).toBe(snippet);
  });

  it("knows a .DS_Store by its first eight bytes", () => {
    const bytes = new Uint8Array([0, 0, 0, 1, 0x42, 0x75, 0x64, 0x31, 0, 0]);
    expect(proveDsStore({ bytes, text: "", isHtml: false })).not.toBeNull();
    expect(proveDsStore({ bytes: bytes.subarray(0, 7), text: "", isHtml: false })).toBeNull();
  });

  it("gives the offset in bytes", () => {
    expect(proveSource("php")(content("ä <?php"))).toEqual({ snippet: "<?php", offset: 3 });
  });
});

const PAGE = "<!doctype html><html><head><title>Not found</title></head><body>No page</body></html>";

describe("proofs refuse what only looks like it", () => {
  it.each<[string, Prove, Content]>([
    ["a page for .git/HEAD", proveGitHead, content(PAGE, true)],
    ["HEAD with more text", proveGitHead, content("ref: refs/heads/main\nnot found")],
    ["a config without a repository", proveGitConfig, content("[core]\n  name = x")],
    ["a page for .env", proveEnv, content("<html>\nDB_PASSWORD=x", true)],
    ["settings without secrets", proveEnv, content("APP=shop\nDEBUG=true")],
    [
      "switches and samples",
      proveEnv,
      content(
        "PASSWORD_RESET=true\nTOKEN_DAYS=30\nAPI_KEY=<your key>\nAPP_KEY='changeme'\nDB_PASSWORD= # set it",
      ),
    ],
    [
      "an article on keys",
      provePrivateKey,
      content("<html><pre>\n-----BEGIN PRIVATE KEY-----\nMIIBszCCAVmgAwIBAgIU\n</pre>", true),
    ],
    [
      "an article with the output of phpinfo()",
      provePhpinfo,
      content(
        "<title>How to read phpinfo()</title><td>Configuration File (php.ini) Path</td> PHP Version 8.2.7",
        true,
      ),
    ],
    ["an empty secret", proveEnv, content('DB_PASSWORD=\nAPI_KEY=""')],
    [
      "prose with an assignment",
      proveEnv,
      content("To set it up\nwrite a line such as\nDB_PASSWORD=x\nand restart"),
    ],
    ["a page about SQL", proveSqlDump, content(`<html>\n${MYSQL}`, true)],
    ["a migration without rows", proveSqlDump, content("CREATE TABLE a (b int);")],
    ["a certificate", provePrivateKey, content("-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIU\n")],
    ["a public key", provePrivateKey, content("-----BEGIN PUBLIC KEY-----\nMIIBszCCAVmgAwIBAgIU\n")],
    [
      "documentation of a key",
      provePrivateKey,
      content("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----"),
    ],
    ["users without hashes", proveHtpasswd, content("demo:password\n")],
    ["hashes among text", proveHtpasswd, content("demo:$apr1$fixture1$dFA8vkBZkYdsOZoxBbAjN0\nnot found")],
    ["an empty file", proveHtpasswd, content("\n")],
    [
      "a page named server-status",
      proveServerStatus,
      content("<title>server-status not found</title>", true),
    ],
    ["an article on phpinfo()", provePhpinfo, content("<title>What is phpinfo()</title>", true)],
    ["other JSON", proveActuatorEnv, content('{"status":404}')],
    ["broken JSON", proveActuatorEnv, content('{"activeProfiles":["prod"],"propertySources":[')],
    ["JSON null", proveActuatorHealth, content("null")],
    ["bare health", proveActuatorHealth, content('{"status":"UP"}')],
    ["a page made by PHP", proveSource("php"), content(PAGE, true)],
    ["another language", proveSource("xyz"), content("<?php")],
  ])("%s", (_what, prove, lookalike) => {
    expect(prove(lookalike)).toBeNull();
  });
});
