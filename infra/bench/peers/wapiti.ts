import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { outputOf, type Peer, type PeerLine, pathOf } from "./peer.ts";

/** All that need nothing outside the machine. */
const MODULES =
  "cookieflags,csp,exec,file,http_headers,permanentxss,redirect,sql,xss,blindsql,backup,crlf,csrf,htaccess,methods";
const LIMITS = { scan: 40, module: 12, all: 240 };

const TYPES: Readonly<Record<string, readonly string[]>> = {
  "Backup file": ["exposed-backup-file", "exposed-archive", "exposed-sql-dump"],
  "SQL Injection": ["sql-injection"],
  "Blind SQL Injection": ["sql-injection"],
  "Command execution": ["command-injection", "template-injection"],
  "Path Traversal": ["path-traversal"],
  "Cross Site Scripting": ["xss-reflected", "xss-stored"],
  "Open Redirect": ["open-redirect"],
  "CRLF Injection": ["crlf-injection"],
  "Cross Site Request Forgery": ["missing-csrf-token"],
  "HttpOnly Flag cookie": ["cookie-missing-httponly"],
  "Secure Flag cookie": ["cookie-missing-secure"],
};
/** They are the same on all pages. */
const WHOLE = [
  "Content Security Policy Configuration",
  "HTTP Secure Headers",
  "HttpOnly Flag cookie",
  "Secure Flag cookie",
];
/** One may differ about forms without a session, cookies that hold nothing, and headers that a policy makes needless. */
const ARGUABLE = ["Cross Site Request Forgery", ...WHOLE];

interface Reported {
  path: string;
  info: string;
}

interface Report {
  vulnerabilities: Record<string, Reported[]>;
  anomalies: Record<string, Reported[]>;
}

function typesOf(category: string, info: string): readonly string[] | null {
  if (info === "CSP is not set") return ["missing-csp"];
  if (info.startsWith("X-Frame-Options")) return ["missing-frame-protection"];
  if (info.startsWith("X-Content-Type-Options")) return ["missing-content-type-options"];
  return TYPES[category] ?? null;
}

function linesOf(found: Record<string, Reported[]>): PeerLine[] {
  return Object.entries(found).flatMap(([category, list]) =>
    list.map(({ path, info }) => ({
      says: `${category}: ${info}`,
      types: typesOf(category, info),
      path: WHOLE.includes(category) ? null : pathOf(path),
      isArguable: ARGUABLE.includes(category),
    })),
  );
}

async function scan(url: string, folder: string): Promise<PeerLine[]> {
  const report = join(folder, "wapiti.json");
  const args = ["-u", url, "--scope", "folder", "-m", MODULES, "-f", "json", "-o", report];
  const limits = ["--max-scan-time", LIMITS.scan, "--max-attack-time", LIMITS.module, "-t", 5].map(String);
  const stores = ["--flush-session", "--store-session", folder, "--store-config", folder];
  await outputOf("wapiti", [...args, ...limits, ...stores, "--no-bugreport", "-v", "0"], LIMITS.all);
  const text = await readFile(report, "utf8").catch(() => "{}");
  const { vulnerabilities = {}, anomalies = {} } = JSON.parse(text) as Partial<Report>;
  return [...linesOf(vulnerabilities), ...linesOf(anomalies).map((line) => ({ ...line, types: null }))];
}

export const wapiti: Peer = {
  name: "wapiti",
  program: "/usr/bin/wapiti",
  package: "wapiti",
  version: async () => (await outputOf("wapiti", ["--version"], 20)).trim().split("\n").at(-1) ?? "",
  scan,
};
