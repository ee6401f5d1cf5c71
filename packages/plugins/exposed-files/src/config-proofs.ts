import { matchProof, meaningfulLines, type Prove, startProof, tryJsonObject } from "./proof.ts";

/** Proof of text that is no page: each pattern must be in it, `shown` stands for what must not be cited. */
function textProof(patterns: readonly RegExp[], shown: string): Prove {
  return ({ text, isHtml }) =>
    !isHtml && patterns.every((pattern) => pattern.test(text)) ? startProof(shown) : null;
}

/** Alignment, then the magic of a buddy-allocator file, as the macOS Finder writes it. */
const DS_STORE = [0x00, 0x00, 0x00, 0x01, 0x42, 0x75, 0x64, 0x31];

export const proveDsStore: Prove = ({ bytes }) =>
  DS_STORE.every((byte, index) => bytes[index] === byte) ? startProof("00 00 00 01 «Bud1»") : null;

/** `.svn/entries` before Subversion 1.7: the format's number, then the entry of the folder itself. */
export const proveSvnEntries: Prove = (content) =>
  matchProof(content, /^(?:8|9|10)\n\ndir\n\d+\n/.exec(content.text));

const HG_REQUIREMENTS = new Set(["revlogv1", "revlogv2", "share-safe"]);

/** `.hg/requires`: names of features, one of them of the store's format. */
export const proveHgRequires: Prove = ({ text }) => {
  const lines = meaningfulLines(text);
  const isList =
    lines.length > 1 && lines.every((line) => /^[a-z0-9][a-z0-9-]{1,60}(?:=\S{1,60})?$/.test(line));
  return isList && lines.some((line) => HG_REQUIREMENTS.has(line)) ? startProof(lines.join("\n")) : null;
};

export const proveAwsCredentials = textProof(
  [
    /^[ \t]{0,20}\[[\w .-]{1,100}\][ \t]{0,20}$/m,
    /^[ \t]{0,20}aws_secret_access_key *= *[A-Za-z0-9/+=]{40}[ \t]{0,20}$/m,
  ],
  "aws_secret_access_key = …",
);

export const proveNpmrc = textProof(
  [/^\/\/\S{1,500}:_authToken {0,20}= {0,20}(?!\$\{|<)["']?[\w+/=.-]{20,}/m],
  "//…:_authToken=…",
);

const REMOTE = /^https?:\/\/[^\s:@/]{1,200}:[^\s@/]{1,500}@[^\s/@]{1,255}\/?$/;

export const proveGitCredentials: Prove = ({ text }) => {
  const lines = meaningfulLines(text);
  return lines.length > 0 && lines.every((line) => REMOTE.test(line)) ? startProof("https://…:…@…") : null;
};

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** Settings with which an editor's extension copies files to a server. */
export const proveSftpSettings: Prove = ({ text }) => {
  const { host, username, user, password } = tryJsonObject(text) ?? {};
  return isText(host) && isText(username ?? user) && isText(password)
    ? startProof("host, username, password=…")
    : null;
};

/** Registries with a login kept in the file (`auth`), not in a store of the system. */
export const proveDockerLogin: Prove = ({ text }) => {
  const { auths } = tryJsonObject(text) ?? {};
  const logins = typeof auths === "object" && auths !== null ? Object.values(auths) : [];
  const isKept = logins.some((login: unknown) => /"auth":"[^"]{8}/.test(JSON.stringify(login)));
  return isKept ? startProof("auths: auth=…") : null;
};

export const proveSpringProperties = textProof(
  [
    /^spring\.[\w.-]{1,100} {0,20}[=:]/m,
    /^[\w.-]{0,100}(?:password|secret) {0,20}[=:] {0,20}(?!\$\{)[^\s]/im,
  ],
  "spring.…, password=…",
);

export const proveSpringYaml = textProof(
  [/^spring:[ \t]{0,20}$/m, /^ {1,40}[\w-]{0,60}(?:password|secret): {1,20}(?!["']?\$\{)[^\s]/im],
  "spring: … password: …",
);

export const proveDatabaseYaml = textProof(
  [/^ {1,40}adapter: {1,20}\w/m, /^ {1,40}password: {1,20}(?!["']?(?:<%|\$\{)|["']{2})[^\s]/m],
  "adapter: …, password: …",
);

function isFilled(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
  );
}

/** `package.json` or `composer.json` of an application: what it is made of, in the words of npm or Composer. */
export const provePackages: Prove = ({ text }) => {
  const { name, private: isPrivate, scripts, dependencies, require } = tryJsonObject(text) ?? {};
  const packages = isFilled(dependencies) ? dependencies : require;
  const isApplication = isText(name) || isPrivate === true || isFilled(scripts) || isFilled(require);
  if (!isFilled(packages) || !isApplication) return null;
  const versions = Object.entries(packages).filter(([, version]) => typeof version === "string");
  return versions.length === 0
    ? null
    : startProof(
        versions
          .slice(0, 5)
          .map(([one, version]) => `${one} ${version}`)
          .join("\n"),
      );
};

/** The lists in which npm, Composer, Yarn, pip and Bundler write down the very versions. */
export const proveLockJson: Prove = ({ text }) => {
  const { lockfileVersion, packages, dependencies } = tryJsonObject(text) ?? {};
  if (typeof lockfileVersion === "number" && (isFilled(packages) || isFilled(dependencies)))
    return startProof(`lockfileVersion ${lockfileVersion}`);
  const [first] = Array.isArray(packages) ? packages : [];
  return isFilled(first) && "name" in first && "version" in first
    ? startProof(`${first.name} ${first.version}`)
    : null;
};

export const proveYarnLock = textProof([/^# yarn lockfile v1$/m, /^ {2}version "/m], "# yarn lockfile v1");

export const proveRequirements: Prove = ({ text }) => {
  const lines = meaningfulLines(text);
  const isPinned = (line: string) => /^[\w.-]{1,80}(?:\[[\w,-]{1,80}\])? {0,4}[=~>]= {0,4}\d/.test(line);
  return lines.length > 1 && lines.every(isPinned) ? startProof(lines.slice(0, 5).join("\n")) : null;
};

export const proveGemfileLock = textProof(
  [/^GEM\r?\n {2}remote: /m, /^ {4}[\w-]{1,80} \(\d/m],
  "GEM with its specs",
);

export const proveDockerfile = textProof(
  [/^FROM {1,8}[\w./:@-]{1,200}/m, /^(?:RUN|COPY|CMD|ENTRYPOINT|WORKDIR) /m],
  "FROM … and its steps",
);

export const proveIdeWorkspace = textProof(
  [/^<\?xml/, /<project version="\d"/, /<component name="/],
  "<project> with <component>",
);

/** A state with a secret in it; Terraform keeps them as they are. */
export const proveTerraformState: Prove = ({ text }) => {
  const { terraform_version: version, resources } = tryJsonObject(text) ?? {};
  const isState = isText(version) && Array.isArray(resources);
  return isState && /"\w{0,60}(?:password|secret|private_key)\w{0,60}": {0,4}"[^"\n]{4}/.test(text)
    ? startProof(`Terraform ${version}, password=…`)
    : null;
};

export const proveAppSettings: Prove = ({ text }) => {
  const { ConnectionStrings: strings } = tryJsonObject(text) ?? {};
  const names =
    typeof strings === "object" && strings !== null
      ? Object.entries(strings).filter(([, value]) => /\b(?:password|pwd)\s*=\s*[^;\s]/i.test(String(value)))
      : [];
  return names.length > 0
    ? startProof(names.map(([name]) => `ConnectionStrings:${name}=…`).join("\n"))
    : null;
};

export const proveWebConfig = textProof(
  [
    /^\ufeff?\s{0,20}(?:<\?xml[^>]{0,200}>\s{0,20})?<(?:!--|configuration\b)/,
    /<system\.web(?:Server)?>|<connectionStrings>/,
  ],
  "<configuration> with <system.web>",
);

export const proveWebXml = textProof(
  [/<web-app[\s>]/, /<servlet>|<servlet-mapping>|<filter>/],
  "<web-app> with servlets",
);

export const proveCompose = textProof(
  [/^services:[ \t]{0,20}$/m, /^ {1,40}(?:image|build):/m],
  "services: … image: …",
);

/** A dated line of the log of Laravel, of PHP, of a web server, or as libraries for logging write it. */
const LOG_LINES = [
  /^\[\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[^\]]{0,20}\] \w{1,30}\.(?:ERROR|INFO|WARNING|DEBUG|CRITICAL|NOTICE)\b/m,
  /^\[\d\d-\w{3}-\d{4} \d\d:\d\d:\d\d [^\]]{1,40}\] PHP (?:Warning|Notice|Fatal error|Deprecated|Parse error)\b/m,
  /^\[\w{3} \w{3} \d\d \d\d:\d\d:\d\d\.\d+ \d{4}\] \[\w{0,30}:\w{2,10}\] \[pid \d+/m,
  /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[(?:error|warn|notice|crit)\] \d+#\d+:/m,
  /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d{3,9}Z? {1,3}(?:\[[^\]\n]{1,60}\] {1,3})?(?:DEBUG|INFO|WARN|WARNING|ERROR)\b/m,
  /^[\da-f.:]{3,45} \S{1,60} \S{1,60} \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "(?:GET|POST|HEAD)\b/m,
];

const SHELL =
  /^(?:sudo |cd |ls\b|cat |vim? |nano |mv |cp |rm |chmod |git |ssh |scp |mysql |psql |docker |npm |php |apt(?:-get)? |systemctl |service |exit$|history$)/;

/** Commands that somebody typed, one below the other; which ones is not shown. */
export const proveShellHistory: Prove = ({ text, isHtml }) => {
  const lines = meaningfulLines(text);
  const commands = lines.filter((line) => SHELL.test(line)).length;
  return !isHtml && commands >= 4 && commands * 2 >= lines.length ? startProof(`${commands} commands`) : null;
};

/** What was logged is not shown, only its date and kind. */
export const proveLog: Prove = (content) => {
  if (content.isHtml) return null;
  const found = LOG_LINES.map((line) => line.exec(content.text)).find((match) => match !== null);
  return matchProof(content, found ?? null);
};
