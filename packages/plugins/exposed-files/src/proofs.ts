import { matchProof, meaningfulLines, type Prove, startProof } from "./proof.ts";

/** `HEAD` of a repository, gitrepository-layout(5): a reference to a branch or a commit, and nothing else. */
export const proveGitHead: Prove = ({ text }) =>
  /^(?:ref: refs\/heads\/[^\s~^:?*[\\]+|[0-9a-f]{40})\n?$/.test(text) ? startProof(text.trim()) : null;

/** Credentials in remote URLs are left out: only the first section's line of format is shown. */
export const proveGitConfig: Prove = (content) =>
  /^[ \t]{0,20}\[core\]/m.test(content.text)
    ? matchProof(content, /^[ \t]{0,20}repositoryformatversion *= *\d+/m.exec(content.text))
    : null;

const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=(.*)$/;
const SENSITIVE_KEY =
  /passw|passphrase|secret|token|api_?key|app_?key|private_?key|access_?key|credential|database_url|_dsn$|^dsn$/i;

/** What a value may be without being a secret, besides nothing. */
const NO_SECRETS = [
  /true|false|yes|no|on|off|null|none|todo/,
  // A small number: `TOKEN_DAYS=30`.
  /\d{1,5}/,
  // What samples have in place of a secret.
  /x{3,}|\*{3,}|\.{3}/,
  /<[^<>]*>|\$\{[^${}]*\}/,
  /change[-_ ]?(?:me|this|it)|(?:your|my)[-_ ].*|example|placeholder/,
];
const NO_SECRET = new RegExp(`^(?:${NO_SECRETS.map(({ source }) => source).join("|")})?$`, "i");

function isSecret(value: string): boolean {
  const bare = value.replace(/(?:^|\s)#.*/, "").trim();
  return !NO_SECRET.test(bare.replace(/^(["'])(.*)\1$/, "$2"));
}

/** Mostly assignments, at least one of them of a secret to a key whose name says so. Values are hidden. */
export const proveEnv: Prove = ({ text, isHtml }) => {
  const lines = meaningfulLines(text);
  const assignments = lines.map((line) => ASSIGNMENT.exec(line)).filter((match) => match !== null);
  if (isHtml || assignments.length * 2 <= lines.length) return null;
  const keys = assignments
    .filter(([, key = "", value = ""]) => SENSITIVE_KEY.test(key) && isSecret(value))
    .map(([, key]) => `${key}=…`);
  return keys.length > 0 ? startProof(keys.join("\n")) : null;
};

const DUMP_HEADER =
  /^(-- (MySQL|MariaDB|PostgreSQL database|phpMyAdmin SQL) dump\b.*|PRAGMA foreign_keys=OFF;)/im;
const SCHEMA_LINE = /^CREATE TABLE (IF NOT EXISTS )?[`"[\w.]+/im;
const DATA_LINE = /^(INSERT INTO [`"[\w.]+|COPY [\w."]+ .*FROM stdin;)/im;

/** A dump program's header with a table, or both a table and its rows. Rows are not shown. */
export const proveSqlDump: Prove = (content) => {
  const { text, isHtml } = content;
  const header = DUMP_HEADER.exec(text);
  const table = SCHEMA_LINE.exec(text);
  const isDump = header !== null ? table !== null : table !== null && DATA_LINE.test(text);
  return isHtml || !isDump ? null : matchProof(content, header ?? table);
};

/** PEM text (RFC 7468): the label on a line of its own, then base64. The key itself is not shown. */
export const provePrivateKey: Prove = (content) =>
  content.isHtml
    ? null
    : matchProof(
        content,
        /^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----(?=\r?\n(?:[A-Za-z-]+: .*\r?\n|\r?\n)*[A-Za-z0-9+/=]{16})/m.exec(
          content.text,
        ),
      );

/** Frames of Node.js' and Java's stacks, as text or in HTML. */
const FRAME =
  /\bat (?:[\w.$<>[\] ]{1,120} ?\()?(?:file:\/\/)?(?:\/[\w@.+/-]{1,300}\.[cm]?js:\d{1,6}:\d{1,6}|node:[\w/]{1,80}:\d{1,6}:\d{1,6}|[\w$]{1,100}\.java:\d{1,6})\)?/g;

/** Two frames of a stack at least; the first are shown. */
export const proveTrace: Prove = ({ text }) => {
  const frames = text.replaceAll(/&lt;|&gt;/g, "").match(FRAME) ?? [];
  return frames.length < 2 ? null : startProof(frames.slice(0, 3).join("\n"));
};

const PASSWORD_LINE = /^[^:\s]{1,255}:(\$apr1\$|\$2[abxy]\$|\$[156]\$|\{S?SHA\})\S{8,}$/;

/** Each line a user and a hash of a scheme that Apache knows. Only the schemes are shown. */
export const proveHtpasswd: Prove = ({ text }) => {
  const schemes = meaningfulLines(text).map((line) => PASSWORD_LINE.exec(line)?.[1]);
  if (schemes.length === 0 || schemes.includes(undefined)) return null;
  return startProof(schemes.map((scheme) => `…:${scheme}…`).join("\n"));
};

/** Text that a server runs and never sends, by the extension of the file it is in. */
const SOURCE_MARKS: Record<string, RegExp> = {
  php: /<\?(?:php\b|=)/,
  phtml: /<\?(?:php\b|=)/,
  inc: /<\?(?:php\b|=)/,
  asp: /<%[@=\s]/,
  aspx: /<%[@=#\s]/,
  ascx: /<%[@=#\s]/,
  jsp: /<%[@!=\s]/,
  cfm: /<cf(?:query|set|output|if|include)\b/i,
  py: /^(?:import \w|from \w[\w.]* import )/m,
  rb: /^(?:require(?:_relative)? ['"]|class [A-Z]\w*|def \w+)/m,
  pl: /^(?:#!.*\bperl\b|use strict;)/m,
  cgi: /^#!\s*\/\S+/,
};

/** Extensions of which a copy can be told from what the server makes of the original. */
export const SOURCE_EXTENSIONS: ReadonlySet<string> = new Set(Object.keys(SOURCE_MARKS));

/** Proof that a file holds source code of the language that `extension` names; only the first mark is shown. */
export function proveSource(extension: string): Prove {
  const mark = SOURCE_MARKS[extension];
  return (content) => (mark ? matchProof(content, mark.exec(content.text)) : null);
}
