import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { outputOf, type Peer, type PeerLine, pathOf } from "./peer.ts";
import { xmlElements } from "./xml.ts";

const SCRIPTS = "http-* and not (brute or dos or external or fuzzer or malware)";
const LIMITS = { script: 25, host: 150, all: 180 };

interface Meaning {
  /** Null: information, not a finding. */
  types: readonly string[] | null;
  /** Each line of the output that is a finding; its first group is where. */
  each: RegExp;
  isArguable?: boolean;
}

const EXPOSED =
  "backup-file sql-dump git-repository svn-repository hg-repository env-file credentials archive database-file log-file config-file server-status server-info nginx-status metrics actuator-env actuator-heapdump admin-panel werkzeug-console laravel-dashboard rails-routes go-debug"
    .split(" ")
    .map((what) => `exposed-${what}`);

const MEANINGS: Readonly<Record<string, Meaning>> = {
  "http-git": { types: ["exposed-git-repository"], each: /Potential Git repository found/g },
  "http-svn-enum": { types: ["exposed-svn-repository"], each: /./g },
  "http-apache-server-status": { types: ["exposed-server-status"], each: /Server Version/g },
  "http-backup-finder": { types: EXPOSED, each: /^\s*(http:\S+)/gm },
  "http-config-backup": { types: EXPOSED, each: /^\s*(\/\S+)/gm },
  "http-enum": {
    types: [...EXPOSED, "directory-listing"],
    each: /^\s*(\/\S*): (?=.*(?:backup|Git|SVN|status|config|dump|phpMyAdmin|log\b|listing))/gim,
  },
  "http-trace": { types: ["http-trace-enabled"], each: /TRACE is enabled/g },
  "http-methods": {
    types: ["write-methods-offered", "http-trace-enabled"],
    each: /Potentially risky methods/g,
  },
  "http-cookie-flags": {
    types: ["cookie-missing-httponly", "cookie-missing-secure"],
    each: /flag not set/g,
    isArguable: true,
  },
  "http-csrf": { types: ["missing-csrf-token"], each: /Form action: (\S+)/g, isArguable: true },
  "http-cors": { types: ["cors-arbitrary-origin-with-credentials"], each: /GET|POST/g },
  "http-sql-injection": { types: ["sql-injection"], each: /^\s*(http:\S+)/gm },
  "http-unsafe-output-escaping": {
    types: ["xss-reflected", "xss-stored"],
    each: /reflected in parameter \S+ at (\S+)/g,
  },
  "http-phpself-xss": { types: ["xss-reflected"], each: /^\s*(http:\S+)/gm },
  "http-stored-xss": { types: ["xss-stored"], each: /^\s*(http:\S+)/gm },
  "http-dombased-xss": { types: ["xss-reflected"], each: /Path: (\S+)/g },
  "http-open-redirect": { types: ["open-redirect"], each: /^\s*(http:\S+)/gm },
  "http-passwd": { types: ["path-traversal"], each: /Directory traversal found/g },
  "http-internal-ip-disclosure": { types: ["private-address"], each: /Internal IP Leaked/g },
  "http-server-header": { types: ["version-disclosure"], each: /\d\.\d/g, isArguable: true },
  "http-php-version": { types: ["version-disclosure"], each: /\d\.\d/g, isArguable: true },
  "http-generator": { types: ["version-disclosure"], each: /\d\.\d/g, isArguable: true },
};

const NOTHING = /^\s*(?:Couldn't find|ERROR|false|Please enter|Spidering limited|Not running|No )/;

function linesOf(script: string, output: string): PeerLine[] {
  const meaning = MEANINGS[script];
  if (!meaning) return NOTHING.test(output) ? [] : [{ says: script, types: null, path: null }];
  return [...output.matchAll(meaning.each)].map(([text, place]) => ({
    says: `${script}: ${text.trim()}`.slice(0, 200),
    types: meaning.types,
    path: place === undefined ? null : pathOf(place),
    isArguable: meaning.isArguable ?? false,
  }));
}

async function scan(url: string, folder: string): Promise<PeerLine[]> {
  const report = join(folder, "nmap.xml");
  const { hostname, port } = new URL(url);
  const limits = ["--script-timeout", `${LIMITS.script}s`, "--host-timeout", `${LIMITS.host}s`];
  const how = ["-Pn", "-n", "-sT", "-sV", "--version-light", "-p", port, "--script", SCRIPTS];
  await outputOf("nmap", [...how, ...limits, "-oX", report, hostname], LIMITS.all);
  const text = await readFile(report, "utf8").catch(() => "");
  const scripts = xmlElements(text).filter(({ name }) => name === "script");
  return scripts.flatMap(({ attributes: { id = "", output = "" } }) => linesOf(id, output));
}

export const nmap: Peer = {
  name: "nmap",
  program: "/usr/bin/nmap",
  package: "nmap",
  // Of its list of ports that speak HTTP; elsewhere it runs its scripts only where it knows the server's answers.
  port: 8_088,
  version: async () => (await outputOf("nmap", ["--version"], 20)).split("\n")[0] ?? "",
  scan,
};
