import * as archives from "./archive-proofs.ts";
import type { ClaimType } from "./claims.ts";
import * as configs from "./config-proofs.ts";
import * as consoles from "./console-proofs.ts";
import type { Prove } from "./proof.ts";
import * as proofs from "./proofs.ts";

/** What a path may show. */
export interface Guess {
  readonly type: ClaimType;
  readonly prove: Prove;
}

type Group = readonly [type: ClaimType, prove: Prove, ...paths: string[]];

/**
 * Below the base URL, what is found most often and matters most first: each path costs the target a request. A path that
 * stands in two groups is asked for once.
 */
const GROUPS: readonly Group[] = [
  ["exposed-git-repository", proofs.proveGitHead, ".git/HEAD"],
  ["exposed-env-file", proofs.proveEnv, ".env", ".env.local", ".env.production", ".env.bak", ".env.old"],
  ["exposed-actuator-env", consoles.proveActuatorEnv, "actuator/env"],
  ["exposed-actuator-heapdump", consoles.proveActuatorHeapdump, "actuator"],
  ["exposed-actuator-index", consoles.proveActuatorIndex, "actuator"],
  ["exposed-actuator-health", consoles.proveActuatorHealth, "actuator/health"],
  ["exposed-server-status", consoles.proveServerStatus, "server-status"],
  ["exposed-server-info", consoles.proveServerInfo, "server-info"],
  ["exposed-phpinfo", consoles.provePhpinfo, "phpinfo.php", "info.php", "test.php", "_profiler/phpinfo"],
  ["exposed-sql-dump", proofs.proveSqlDump, "backup.sql", "dump.sql", "database.sql", "db.sql"],
  [
    "exposed-archive",
    archives.proveArchive,
    "backup.zip",
    "backup.tar.gz",
    "www.zip",
    "backup.sql.gz",
    "dump.sql.gz",
  ],
  ["exposed-svn-repository", archives.proveSvnDatabase, ".svn/wc.db"],
  ["exposed-svn-repository", configs.proveSvnEntries, ".svn/entries"],
  ["exposed-hg-repository", configs.proveHgRequires, ".hg/requires"],
  ["exposed-ds-store", configs.proveDsStore, ".DS_Store"],
  ["exposed-htpasswd", proofs.proveHtpasswd, ".htpasswd"],
  [
    "exposed-private-key",
    proofs.provePrivateKey,
    "id_rsa",
    ".ssh/id_rsa",
    "private.key",
    "server.key",
    "privkey.pem",
  ],
  ["exposed-backup-file", proofs.proveSource("php"), "wp-config.php.bak", "wp-config.php~", "config.php.bak"],
  ["exposed-credentials", configs.proveAwsCredentials, ".aws/credentials"],
  ["exposed-credentials", configs.proveNpmrc, ".npmrc"],
  ["exposed-credentials", configs.proveGitCredentials, ".git-credentials"],
  ["exposed-credentials", configs.proveSftpSettings, ".vscode/sftp.json"],
  ["exposed-credentials", configs.proveDockerLogin, ".docker/config.json"],
  ["exposed-credentials", configs.proveSpringProperties, "application.properties"],
  ["exposed-credentials", configs.proveSpringYaml, "application.yml"],
  ["exposed-credentials", configs.proveDatabaseYaml, "config/database.yml"],
  ["exposed-credentials", configs.proveAppSettings, "appsettings.json"],
  ["exposed-config-file", configs.proveCompose, "docker-compose.yml"],
  ["exposed-config-file", configs.proveWebConfig, "web.config"],
  ["exposed-config-file", configs.proveWebXml, "WEB-INF/web.xml"],
  ["exposed-credentials", configs.proveTerraformState, "terraform.tfstate"],
  ["exposed-config-file", configs.proveDockerfile, "Dockerfile"],
  ["exposed-config-file", configs.proveIdeWorkspace, ".idea/workspace.xml"],
  ["exposed-package-list", configs.provePackages, "package.json", "composer.json"],
  ["exposed-package-list", configs.proveLockJson, "package-lock.json", "composer.lock"],
  ["exposed-package-list", configs.proveYarnLock, "yarn.lock"],
  ["exposed-package-list", configs.proveRequirements, "requirements.txt"],
  ["exposed-package-list", configs.proveGemfileLock, "Gemfile.lock"],
  [
    "exposed-database-file",
    archives.proveSqlite,
    "database.sqlite",
    "db.sqlite3",
    "database/database.sqlite",
  ],
  [
    "exposed-log-file",
    configs.proveLog,
    "storage/logs/laravel.log",
    "wp-content/debug.log",
    "error.log",
    "debug.log",
    "error_log",
    "access.log",
    "logs/error.log",
    "logs/access.log",
  ],
  ["exposed-log-file", configs.proveShellHistory, ".bash_history"],
  ["exposed-nginx-status", consoles.proveStubStatus, "nginx_status", "status", "basic_status"],
  ["exposed-fpm-status", consoles.proveFpmStatus, "status", "fpm-status"],
  ["exposed-werkzeug-console", consoles.proveWerkzeugConsole, "console"],
  ["exposed-symfony-profiler", consoles.proveSymfonyProfiler, "_profiler/latest/search/results"],
  ["exposed-laravel-dashboard", consoles.proveTelescope, "telescope/requests"],
  ["exposed-laravel-dashboard", consoles.proveHorizon, "horizon/dashboard"],
  ["exposed-laravel-ignition", consoles.proveIgnition, "_ignition/health-check"],
  ["exposed-rails-routes", consoles.proveRailsRoutes, "rails/info/routes"],
  ["exposed-dotnet-trace", consoles.proveElmah, "elmah.axd"],
  ["exposed-dotnet-trace", consoles.proveAspTrace, "trace.axd"],
  ["exposed-go-debug", consoles.provePprof, "debug/pprof/"],
  ["exposed-go-debug", consoles.proveExpvar, "debug/vars"],
  ["exposed-metrics", consoles.proveMetrics, "metrics", "actuator/prometheus"],
  ["exposed-admin-panel", consoles.provePhpMyAdmin, "phpmyadmin/", "pma/"],
  ["exposed-admin-panel", consoles.proveAdminer, "adminer.php"],
  ["exposed-admin-panel", consoles.proveGrafana, "grafana/login"],
  ["exposed-h2-console", consoles.proveH2Console, "h2-console/"],
  ["exposed-jolokia", consoles.proveJolokia, "jolokia/version", "actuator/jolokia/version"],
  ["exposed-search-engine", consoles.proveElasticsearch, "_cluster/health"],
  ["exposed-search-engine", consoles.proveSolr, "solr/admin/info/system"],
  ["exposed-jenkins", consoles.proveJenkins, "api/json", "jenkins/api/json"],
  ["exposed-kibana", consoles.proveKibana, "api/status"],
  ["exposed-examples", consoles.proveTomcatExamples, "examples/servlets/"],
  ["default-page", consoles.proveDefaultPage, ""],
  // No path in UTF-8: what cannot be decoded is reported by the framework, before any handler of the application's own.
  ["trace-of-malformed-path", proofs.proveTrace, "%ff"],
];

/** In each folder that the scan has seen. */
const FOLDER_GROUPS: readonly Group[] = [
  ["exposed-git-repository", proofs.proveGitHead, ".git/HEAD"],
  ["exposed-env-file", proofs.proveEnv, ".env"],
  ["exposed-ds-store", configs.proveDsStore, ".DS_Store"],
];

/** Beside the folder, by its own name. */
export const ARCHIVE_SUFFIXES: readonly string[] = [".zip", ".tar.gz"];

export const ARCHIVE: Guess = { type: "exposed-archive", prove: archives.proveArchive };

/** Paths, each once, with all that they may show, in the order of the table. */
function byPath(groups: readonly Group[]): ReadonlyMap<string, readonly Guess[]> {
  const paths = new Map<string, Guess[]>();
  for (const [type, prove, ...names] of groups)
    for (const path of names) paths.set(path, [...(paths.get(path) ?? []), { type, prove }]);
  return paths;
}

export const BASE_PATHS = byPath(GROUPS);
export const FOLDER_PATHS = byPath(FOLDER_GROUPS);
