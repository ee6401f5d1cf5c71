import { Parser } from "htmlparser2";
import { places, type Reference } from "./reference.ts";

/** Places that are read of one text. */
const MAX_PLACES = 100;
const MAX_TEXT = 262_144;

/** An address, or a path, behind what assigns or calls, or by itself. */
const LOOSE =
  /([=(]\s{0,3}["'`]?|^|[\s"'`>])(https?:\/\/[^\s"'`<>(){}\\]{1,400}|\/[\w~.-][^\s"'`<>(){}\\^|]{0,400})/g;
/** By themselves, paths of two levels, of a file or with parameters are meant; `/word` may be one of two words. */
const IS_MEANT = /^https?:|^\/[^/]{1,200}\/[^/]|^\/[\w-]{3,60}\.\w{2,5}(?:$|\?)|\?[\w-]{1,60}=/;
const FILE_SYSTEM = /^\/(?:usr|home|etc|var|opt|tmp|bin|srv|dev|proc)\//;

/** Places that a text names beside other words, such as a comment, a note or a string with markup; all are guesses. */
export function loosePlaces(text: string, base: string): Reference[] {
  const found = [...text.slice(0, MAX_TEXT).matchAll(LOOSE)]
    .map(([, before = "", place = ""]) => ({ before, place: place.replace(/[.,;:!?]{1,9}$/, "") }))
    .filter(({ before, place }) => /^[=(]/.test(before) || IS_MEANT.test(place))
    .map(({ place }) => place)
    .filter((place) => !FILE_SYSTEM.test(place));
  return places([...new Set(found)].slice(0, MAX_PLACES), base, "link", { isGuess: true, foundAt: base });
}

const WHOLE = /^(?:https?:\/\/|\/[\w~.-])[^\s"'<>\\^`{}|]{0,400}$/;

/** Places in XML, such as a feed: attributes and texts that are nothing but an address or a path; all are guesses. */
export function xmlPlaces(text: string, base: string): Reference[] {
  const found = new Set<string>();
  const take = (value: string) => {
    if (found.size < MAX_PLACES && WHOLE.test(value)) found.add(value);
  };
  let content = "";
  const parser = new Parser(
    {
      onopentag(_, attributes) {
        content = "";
        for (const [name, value] of Object.entries(attributes)) if (!name.startsWith("xmlns")) take(value);
      },
      ontext(part) {
        if (content.length <= 1_024) content += part;
      },
      onclosetag() {
        take(content.trim());
        content = "";
      },
    },
    { xmlMode: true },
  );
  parser.end(text.slice(0, MAX_TEXT));
  return places([...found], base, "link", { isGuess: true, foundAt: base });
}
