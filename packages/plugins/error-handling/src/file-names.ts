import { bodyLeak, type Detector } from "@picket/plugin-sdk/errors";

/** What languages say of a file that they cannot open, with its whole path. */
const MESSAGES: readonly [language: string, pattern: RegExp][] = [
  ["Node.js", /\b(?:ENOENT|EACCES|EISDIR|ENOTDIR|EPERM): [\w ,]{1,80} '(?:\/|[A-Z]:\\)[^'\n]{1,300}'/],
  ["Python", /\[Errno \d{1,3}\] [\w ]{1,60}: '(?:\/|[A-Z]:\\)[^'\n]{1,300}'/],
  ["Java", /\bjava\.(?:io|nio\.file)\.\w{1,40}Exception: (?:\/|[A-Z]:\\)[^\s<>"']{2,300}/],
  [
    "Go",
    /\b(?:open|stat|read) \/[^\s:]{2,300}: (?:no such file or directory|permission denied|is a directory)/,
  ],
  ["Ruby", /\bErrno::E[A-Z]{2,12}[^\n]{0,120}@ rb_\w{1,30} - \/[^\s<>"']{2,300}/],
];

/** Paths of the server's files in messages of those who could not open them. */
export const fileNames: Detector<"file-name"> = ({ message }) =>
  MESSAGES.flatMap(([key, pattern]) => {
    const snippet = pattern.exec(message)?.[0];
    return snippet === undefined ? [] : [bodyLeak({ claim: "file-name", key, snippet })];
  });
