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
      /^\s{0,20}(?:at )?(?:[\w.$@-]{1,80}\/){0,3}[\w.$]{3,200}\.[\w$<>]{1,100}\((?:[\w$-]{1,100}\.(?:java|kt|scala|groovy):\d{1,6}|Native Method|Unknown Source)\)/gm,
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
      /(?:^\s{0,8}|from |["[,]\s{0,4})(?:[\w-]{1,60} \([\d.]{1,20}\) )?[\w/.@+-]{3,250}\.(?:rb|erb|haml|slim|ru):\d{1,6}:in [`'][^'\n]{1,120}'/gm,
    frames: 2,
  },
  {
    language: "Node.js",
    frame:
      /^\s{0,20}at (?:[^\n()]{1,200} \(|async )?(?:file:\/\/)?(?:\/[^\s():]{1,300}|[A-Z]:\\[^\n():]{1,300}|node:[\w/]{1,80}):\d{1,6}:\d{1,6}\)?/gm,
    frames: 2,
  },
  {
    language: "Go",
    head: /goroutine \d{1,9} \[[a-z ,\d]{1,60}\]:/,
    frame: /^\s{0,20}\/?[^\s:]{2,300}\.go:\d{1,6}/gm,
    frames: 1,
  },
  {
    language: "Perl",
    frame: /^\s{1,20}[\w:]{1,200}\([^\n]{0,300}\) called at [^\s]{1,300} line \d{1,6}/gm,
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

/** Frames as objects, as Laravel and Symfony write them into JSON. */
const PHP_FRAME_OBJECT = /"file":\s{0,4}"(?:\\?\/|[A-Z]:)[^"\n]{1,300}\.php",\s{0,20}"line":\s{0,4}\d{1,6}/g;

export const phpFrameObjects: Detector = ({ body, contentType }) => {
  if (!/json$/.test(contentType)) return [];
  const frames = body.match(PHP_FRAME_OBJECT) ?? [];
  const snippet = frames.slice(0, SHOWN_FRAMES).join("\n");
  return frames.length < 2 ? [] : [bodyLeak({ claim: "stack-trace", key: "PHP", snippet })];
};

const tracesIn: Detector = ({ message }) =>
  TRACES.flatMap(({ language, frame, frames, head }) => {
    if (head && !head.test(message)) return [];
    const found = [...message.matchAll(frame)].map(([text]) => text.trim());
    if (found.length < frames) return [];
    const snippet = found.slice(0, SHOWN_FRAMES).join("\n");
    return [bodyLeak({ claim: "stack-trace", key: language, snippet })];
  });
