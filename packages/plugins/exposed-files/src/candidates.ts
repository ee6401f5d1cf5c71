import type { ClaimType } from "./claims.ts";
import * as proofs from "./proofs.ts";

/** A file to ask for. */
export interface Candidate {
  readonly type: ClaimType;
  /** Absolute. */
  readonly url: string;
  readonly prove: proofs.Prove;
  /** Asked for only once the first is proven, to prove it further. */
  readonly companion?: { readonly url: string; readonly prove: proofs.Prove };
  /** The program that it would be a copy of, and that must not show the same. */
  readonly original?: string;
}

type Row = readonly [type: ClaimType, path: string, prove: proofs.Prove];

/** Few and common names: each costs the target a request. */
const FIXED: readonly Row[] = [
  ["exposed-env-file", ".env", proofs.proveEnv],
  ["exposed-env-file", ".env.local", proofs.proveEnv],
  ["exposed-env-file", ".env.production", proofs.proveEnv],
  ["exposed-ds-store", ".DS_Store", proofs.proveDsStore],
  ["exposed-sql-dump", "backup.sql", proofs.proveSqlDump],
  ["exposed-sql-dump", "database.sql", proofs.proveSqlDump],
  ["exposed-sql-dump", "db.sql", proofs.proveSqlDump],
  ["exposed-sql-dump", "dump.sql", proofs.proveSqlDump],
  ["exposed-private-key", "id_rsa", proofs.provePrivateKey],
  ["exposed-private-key", "private.key", proofs.provePrivateKey],
  ["exposed-private-key", "server.key", proofs.provePrivateKey],
  ["exposed-htpasswd", ".htpasswd", proofs.proveHtpasswd],
  ["exposed-server-status", "server-status", proofs.proveServerStatus],
  ["exposed-phpinfo", "info.php", proofs.provePhpinfo],
  ["exposed-phpinfo", "phpinfo.php", proofs.provePhpinfo],
  ["exposed-actuator-env", "actuator/env", proofs.proveActuatorEnv],
  ["exposed-actuator-health", "actuator/health", proofs.proveActuatorHealth],
];

/** What editors and people append to the name of a copy. */
const COPY_SUFFIXES = ["~", ".bak", ".old"];

function extensionOf(path: string): string {
  return /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
}

/** Paths below the base URL. */
export function fixedCandidates(baseUrl: string): Candidate[] {
  const at = (path: string) => new URL(path, baseUrl).href;
  const git: Candidate = {
    type: "exposed-git-repository",
    url: at(".git/HEAD"),
    prove: proofs.proveGitHead,
    companion: { url: at(".git/config"), prove: proofs.proveGitConfig },
  };
  return [git, ...FIXED.map(([type, path, prove]) => ({ type, url: at(path), prove }))];
}

/** URLs of programs whose copies can be told apart, sorted, without query, each once. */
export function programUrls(urls: Iterable<string>): string[] {
  const programs = new Set<string>();
  for (const text of urls) {
    const url = new URL(text);
    if (proofs.SOURCE_EXTENSIONS.has(extensionOf(url.pathname))) programs.add(url.origin + url.pathname);
  }
  return [...programs].sort();
}

/** Names under which a copy of a program may lie. */
export function copyCandidates(programUrl: string): Candidate[] {
  const prove = proofs.proveSource(extensionOf(programUrl));
  return COPY_SUFFIXES.map((suffix) => ({
    type: "exposed-backup-file",
    url: programUrl + suffix,
    prove,
    original: programUrl,
  }));
}

/** What a place may be: one of the fixed files, or a copy of a program. */
export function candidatesAt(placeUrl: string, baseUrl: string): Candidate[] {
  const suffix = COPY_SUFFIXES.find((end) => placeUrl.endsWith(end));
  const programs = suffix === undefined ? [] : programUrls([placeUrl.slice(0, -suffix.length)]);
  const known = [...fixedCandidates(baseUrl), ...programs.flatMap(copyCandidates)];
  return known.filter(({ url }) => url === placeUrl);
}
