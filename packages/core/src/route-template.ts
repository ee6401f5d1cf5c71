import { routeOf } from "./web-url.ts";

/**
 * Routes are learned per target. `routeOf` knows identifiers by their looks (numbers, UUIDs, long hex); everything else
 * that stands for many values, such as the name of an article, shows only in how many there are. A template is one such
 * position: its parent and a placeholder, `/product/{slug}`. What is learned is never unlearned, so a place keeps its
 * route; the same paths give the same templates in any order.
 */
export type RouteTemplate = string;

/**
 * What stands for a segment. `{slug}`: a title or identifier, with a digit, of several words, or with escaped letters, as
 * `red-tent` or `u42`. `{name}`: a plain word, as `alice`.
 */
type Placeholder = "{slug}" | "{name}";
const LOOKS_MADE = /[\d_%-]/;

/** Words alone, with hyphens or without, are what programs are called (`/api/create-order`, `/about-us`). */
const NOT_ONLY_WORDS = /[\d%]/;

/**
 * Distinct values under one parent, asked for by one method, from which on they are values and not programs: fifty of any
 * kind, for few applications have so many programs side by side, or below the root ten that are not only words.
 */
const LEARNED_FROM = 50;
const LEARNED_FROM_NOT_WORDS = 10;

/** Files keep their names: which file it is matters, and hashes in names are theirs. */
const FILE = /\.[^.]*$/;

/** Null: the segment only stands for itself. */
function placeholderOf(segment: string): Placeholder | null {
  if (segment === "" || segment === "{id}" || FILE.test(segment)) return null;
  return LOOKS_MADE.test(segment) ? "{slug}" : "{name}";
}

interface Step {
  /** Template of what is before the segment. */
  parent: string;
  segment: string;
  /** What the segment could be an example of. */
  template: RouteTemplate | null;
  isLearned: boolean;
}

function stepsOf(path: string, known: ReadonlySet<RouteTemplate>): Step[] {
  let parent = "";
  return routeOf(path)
    .split("/")
    .slice(1)
    .map((segment) => {
      const placeholder = placeholderOf(segment);
      const template = placeholder && `${parent}/${placeholder}`;
      const isLearned = template !== null && known.has(template);
      const step = { parent, segment, template, isLearned };
      parent = isLearned ? template : `${parent}/${segment}`;
      return step;
    });
}

/** Template of a path by what was learned of its target: the only way from a path to a route. */
export function routeFor(templates: ReadonlySet<RouteTemplate>, path: string): string {
  const last = stepsOf(path, templates).at(-1);
  if (!last) return "";
  return last.isLearned && last.template ? last.template : `${last.parent}/${last.segment}`;
}

/** A request as far as routes go. */
export interface ObservedPath {
  method: string;
  /** Percent-encoded, as in `WebUrl`. */
  path: string;
}

export interface LearnedTemplate {
  template: RouteTemplate;
  /** Distinct values that were known. */
  examples: number;
}

/** What these paths teach beyond what is known, sorted; nothing when all is known. */
export function learnTemplates(
  known: ReadonlySet<RouteTemplate>,
  paths: readonly ObservedPath[],
): LearnedTemplate[] {
  const templates = new Set(known);
  const learned: LearnedTemplate[] = [];
  // Once a position is known, those below it show: their values come together under one parent.
  for (;;) {
    const found = learnOnce(templates, paths);
    if (found.length === 0) return learned.sort((a, b) => (a.template < b.template ? -1 : 1));
    learned.push(...found);
    for (const { template } of found) templates.add(template);
  }
}

/** Only the shallowest positions: what is below them is counted again under its new parent. */
function learnOnce(known: ReadonlySet<RouteTemplate>, paths: readonly ObservedPath[]): LearnedTemplate[] {
  const examples = new Map<RouteTemplate, number>();
  for (const [key, values] of valuesByPosition(known, paths)) {
    const template = key.slice(key.indexOf(" ") + 1);
    if (areExamples(template, [...values]))
      examples.set(template, Math.max(values.size, examples.get(template) ?? 0));
  }
  const depth = Math.min(...[...examples.keys()].map(depthOf));
  return [...examples]
    .filter(([template]) => depthOf(template) === depth)
    .map(([template, count]) => ({ template, examples: count }));
}

function depthOf(template: RouteTemplate): number {
  return template.split("/").length - 1;
}

function areExamples(template: RouteTemplate, values: readonly string[]): boolean {
  if (values.length >= LEARNED_FROM) return true;
  const notWords = values.filter((value) => NOT_ONLY_WORDS.test(value));
  return depthOf(template) > 1 && notWords.length >= LEARNED_FROM_NOT_WORDS;
}

/** Distinct values of positions that are not learned, by method and template. */
function valuesByPosition(
  known: ReadonlySet<RouteTemplate>,
  paths: readonly ObservedPath[],
): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  for (const { method, path } of paths) {
    for (const { segment, template, isLearned } of stepsOf(path, known)) {
      if (template === null || isLearned) continue;
      const key = `${method} ${template}`;
      values.set(key, (values.get(key) ?? new Set()).add(segment));
    }
  }
  return values;
}
