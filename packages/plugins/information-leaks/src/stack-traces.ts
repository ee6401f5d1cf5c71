import { bodyLeak, type Detector } from "./leak.ts";

interface Trace {
  readonly language: string;
  /** One frame; of these `frames` must be there. */
  readonly frame: RegExp;
  readonly frames: number;
  /** What must be there beside the frames. */
  readonly head?: RegExp;
}

/** Every repetition is bounded, and no two of them can match the same characters in turn. */
const TRACES: readonly Trace[] = [
  {
    language: "Java",
    frame:
      /^\s{0,20}at (?:[\w.$@-]{1,80}\/){0,3}[\w.$]{3,200}\.[\w$<>]{1,100}\((?:[\w$-]{1,100}\.(?:java|kt|scala|groovy):\d{1,6}|Native Method|Unknown Source)\)/gm,
    frames: 3,
  },
  {
    language: ".NET",
    frame:
      /^\s{0,20}at [\w.`<>+[\],]{3,200}\.[\w.<>`|]{1,100}\([^()\n]{0,300}\)(?: in [^\n]{3,300}:line \d{1,6})?$/gm,
    head: /System\.[\w.]{1,80}Exception|:line \d{1,6}|\[\w{1,60}Exception[:\s(]/,
    frames: 2,
  },
  {
    language: "Python",
    head: /Traceback \(most recent call last\):/,
    frame: /^\s{0,20}File "[^"\n]{1,300}", line \d{1,6}, in [^\n]{1,100}/gm,
    frames: 1,
  },
  {
    language: "PHP",
    head: /Stack trace:|\bUncaught\b/,
    frame: /^\s{0,20}#\d{1,3} (?:(?:\/|[A-Z]:\\)[^\n]{1,300}\(\d{1,6}\): |\{main\})/gm,
    frames: 2,
  },
  {
    language: "Ruby",
    frame:
      /(?:^|from |["[,]\s{0,4})[\w/.@+-]{3,250}\.(?:rb|erb|haml|slim|ru):\d{1,6}:in [`'][^'\n]{1,120}'/gm,
    frames: 2,
  },
  {
    language: "Node.js",
    frame:
      /^\s{0,20}at (?:[^\n()]{1,200} \()?(?:file:\/\/)?(?:\/[^\s():]{1,300}|[A-Z]:\\[^\n():]{1,300}|node:[\w/]{1,80}):\d{1,6}:\d{1,6}\)?/gm,
    frames: 2,
  },
  {
    language: "Go",
    head: /goroutine \d{1,9} \[[a-z ,\d]{1,60}\]:/,
    frame: /^\s{0,20}\/?[^\s:]{2,300}\.go:\d{1,6}/gm,
    frames: 1,
  },
];

/** Frames shown as proof. */
const SHOWN_FRAMES = 3;

/** A page that shows the traces of several languages without an error of its own explains them. */
export const stackTraces: Detector = (answer) => {
  const found = tracesIn(answer);
  return found.length > 1 && answer.status < 400 ? [] : found;
};

const tracesIn: Detector = ({ message }) =>
  TRACES.flatMap(({ language, frame, frames, head }) => {
    if (head && !head.test(message)) return [];
    const found = [...message.matchAll(frame)].map(([text]) => text.trim());
    if (found.length < frames) return [];
    const snippet = found.slice(0, SHOWN_FRAMES).join("\n");
    return [bodyLeak({ claim: "stack-trace", key: language, snippet })];
  });

const PHP_LEVEL =
  /^(?:PHP )?(?:Fatal error|Parse error|Warning|Notice|Deprecated|Strict Standards|Recoverable fatal error)$/;

/**
 * PHP's own messages, by their markup: the level, the file and the line each in a `<b>` of its own. Escaped, as articles
 * quote them, they have none.
 */
export const phpErrors: Detector = ({ page }) => {
  const bold = page?.texts.filter(({ within }) => within.at(-1) === "b") ?? [];
  const level = bold.findIndex(
    ({ text }, index) =>
      PHP_LEVEL.test(text.trim()) &&
      /^(?:\/|[A-Z]:\\).{1,300}\.\w{2,5}/.test(bold[index + 1]?.text ?? "") &&
      /^\d{1,6}$/.test(bold[index + 2]?.text ?? ""),
  );
  if (level < 0) return [];
  const snippet = bold
    .slice(level, level + 3)
    .map(({ text }) => text)
    .join(" ");
  return [bodyLeak({ claim: "php-error", key: "", snippet })];
};
