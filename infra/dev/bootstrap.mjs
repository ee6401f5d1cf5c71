// First step of every command: plain JavaScript for any Node from 20 on, without dependencies.
// `node infra/dev/bootstrap.mjs <command> [arguments]` installs the workspace when it is not current, then runs
// infra/dev/<command>.ts on the workspace's own Node.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = 20;
const PNPM = "pnpm@12.21.0";
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const NODE = join(ROOT, "node_modules/node/bin/node");
/** Inside node_modules, so that it goes when they go. */
const STAMP = join(ROOT, "node_modules/.picket-installed");

function main([command, ...args]) {
  const known = commands();
  if (!known.includes(command)) {
    fail(`unknown command ${command ?? "(none)"}: use one of ${known.join(", ")}`);
  }
  checkMachine();
  install();
  run(join(ROOT, "infra/dev", `${command}.ts`), args);
}

function fail(message) {
  console.error(`picket: ${message}`);
  process.exit(1);
}

function commands() {
  const files = readdirSync(join(ROOT, "infra/dev"));
  return files.filter((name) => name.endsWith(".ts")).map((name) => name.slice(0, -".ts".length));
}

function checkMachine() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    fail(`Node ${process.versions.node} is too old: install Node ${OLDEST_NODE} or later`);
  }
  if (process.platform === "win32") fail("Windows is not supported: use WSL 2");
}

function install() {
  const wanted = workspaceDigest();
  if (existsSync(NODE) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  console.log("Installing the workspace …");
  const result = spawnSync("npx", ["-y", PNPM, "install", "--frozen-lockfile", "--reporter=append-only"], {
    cwd: ROOT,
    env: environmentForInstall(),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error) fail(`npx cannot be started (${result.error.message}): install npm, it comes with Node`);
  if (result.status !== 0) {
    console.error(`${result.stdout}${result.stderr}`.trim());
    fail("installing the packages failed, see above: check the network and the npm registry, then try again");
  }
  if (!existsSync(NODE)) {
    fail(
      `the workspace's Node is missing after the install: delete ${join(ROOT, "node_modules")} and try again`,
    );
  }
  writeFileSync(STAMP, wanted);
}

/** Changes when a package, a version or the place of the workspace changes. */
function workspaceDigest() {
  const groups = ["apps", "packages", "packages/plugins"];
  const folders = groups.flatMap((group) => foldersIn(group)).sort();
  const manifests = ["", "infra", ...folders].map((folder) => join(folder, "package.json"));
  const hash = createHash("sha256").update(ROOT);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests]) {
    const path = join(ROOT, file);
    if (existsSync(path)) hash.update(file).update(readFileSync(path));
  }
  return hash.digest("hex");
}

function foldersIn(group) {
  if (!existsSync(join(ROOT, group))) return [];
  const entries = readdirSync(join(ROOT, group), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(group, entry.name));
}

/** `npm run` describes its own run in npm_* variables, which would steer the nested npx and pnpm. */
function environmentForInstall() {
  const settings = /^npm_config_(registry|userconfig|cafile|https?_proxy|noproxy|strict_ssl)$/;
  const entries = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || settings.test(name));
  return {
    ...Object.fromEntries(entries),
    CI: "true",
    npm_config_loglevel: "error",
    npm_config_update_notifier: "false",
  };
}

/** The channel to the command closes when this process dies, however it dies: the command then ends as well. */
function run(file, args) {
  const PATH = [dirname(NODE), process.env.PATH ?? ""].join(delimiter);
  const child = spawn(NODE, [file, ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, PATH },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => fail(`${NODE} cannot be started: ${error.message}`));
  child.once("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}

main(process.argv.slice(2));
