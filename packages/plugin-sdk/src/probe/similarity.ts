import { headerValues } from "@picket/core";
import type { Answer } from "./answer.ts";
import { plainText } from "./plain-text.ts";

type Counts = ReadonlyMap<string, number>;

/** What of an answer is compared. */
interface Features {
  readonly status: number;
  /** Path of the redirect's address; null: none. */
  readonly redirect: string | null;
  readonly words: Counts;
}

/** An answer with the value that was sent to get it. */
export interface Sample {
  readonly answer: Answer;
  readonly sent: string;
}

/** Times of the day, alone or behind a date, and Unix time in seconds or ms: two answers of one second share them. */
const CLOCKS = /(?<!\d)(?:\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?|1[5-9]\d{8}(?:\d{3})?)(?!\d)/g;

/**
 * What a page says, with the value that was sent replaced by `original` wherever the page repeats it. Values of less than
 * four characters are left: they stand anywhere.
 */
function withoutEcho({ answer, sent }: Sample, original: string): string {
  const text = plainText(answer.text);
  if (sent === original || sent.length < 4) return text;
  const echo = plainText(sent);
  return text.replaceAll(echo, original).replaceAll(echo.replaceAll(" ", "+"), original);
}

function countsOf(words: Iterable<string>): Counts {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function redirectOf({ response }: Answer): string | null {
  const [location] = headerValues(response.headers, "location");
  return location === undefined ? null : (URL.parse(location, response.url)?.pathname ?? "");
}

function featuresOf(sample: Sample, original: string): Features {
  return {
    status: sample.answer.response.status,
    redirect: redirectOf(sample.answer),
    words: countsOf(
      withoutEcho(sample, original)
        .replace(CLOCKS, " ")
        .split(/[^\p{L}\p{N}_]+/u),
    ),
  };
}

/** How many words `a` has more of than `b`. */
function surplus(a: Counts, b: Counts): number {
  let sum = 0;
  for (const [word, count] of a) sum += Math.max(0, count - (b.get(word) ?? 0));
  return sum;
}

/** Words that count the same in all of them, and vary nowhere else. */
function stableWords([first, ...others]: readonly Features[], varying: ReadonlySet<string>): Counts {
  const isSame = ([word, count]: [string, number]) =>
    !varying.has(word) && others.every(({ words }) => words.get(word) === count);
  return new Map([...(first?.words ?? [])].filter(isSame));
}

function without(words: Counts, left: ReadonlySet<string>): Counts {
  return new Map([...words].filter(([word]) => !left.has(word)));
}

export interface Likeness {
  /** Words that were seen to come and go by themselves. */
  readonly varying: ReadonlySet<string>;
  /** Words that one of the learned answers had beside those that all of them share. */
  readonly noise: number;
  /** Of answers that the application itself gave, by what is known. */
  readonly statuses: ReadonlySet<number>;
  /** True when the sample differs from what was learned by no more than that varies by itself. */
  isLike(sample: Sample): boolean;
}

/**
 * One word in two hundred more or less is still the same page: a clock that passes the hour. A row that a filter hides is
 * more, save on the longest of pages.
 */
const TOLERATED = 0.005;

/**
 * Learns from at least two answers to equal requests which words vary by themselves (tokens, times, advertisements) and
 * how many, and compares further answers without them. Status and the path of a redirect must be equal. What was sent
 * is taken for `original` wherever a page repeats it. `knownVarying`: words that vary in
 * other answers of the page, such as those of an advertisement that all of these happen to show.
 */
export function learnLikeness(
  samples: readonly [Sample, Sample, ...Sample[]],
  original: string,
  knownVarying: ReadonlySet<string> = new Set(),
): Likeness {
  const known = samples.map((sample) => featuresOf(sample, original));
  const stable = stableWords(known, knownVarying);
  const changing = known.flatMap(({ words }) => [...words.keys()]).filter((word) => !stable.has(word));
  const varying = new Set([...knownVarying, ...changing]);
  const isOurs = ({ status, redirect }: Features) =>
    known.some((one) => one.status === status && one.redirect === redirect);
  const noise = Math.max(...known.map(({ words }) => surplus(words, stable)));
  const slack = Math.floor(TOLERATED * surplus(stable, new Map()));
  return {
    noise,
    varying,
    statuses: new Set(known.map(({ status }) => status)),
    isLike(sample) {
      const features = featuresOf(sample, original);
      if (!isOurs(features)) return false;
      const lost = surplus(stable, features.words);
      const gained = surplus(without(features.words, varying), stable);
      // What comes by itself may come in a larger size than it was seen in.
      return lost <= slack && gained <= 1.5 * noise + slack;
    },
  };
}
