import { loosePlaces } from "./loose-places.ts";
import { places, type Reference } from "./reference.ts";
import { bodyReader, type CallSites, type FunctionParameter } from "./script-bodies.ts";
import { type Call, callAt, type Script } from "./script-calls.ts";
import { scriptTokens } from "./script-strings.ts";
import { PLACEHOLDER, scriptValues } from "./script-values.ts";

/** Places that one script may name; a bundle names a few hundred, a list of all words of a language is none. */
const MAX_PLACES_PER_SCRIPT = 300;

const PATH = /^(?:https?:\/\/[^\s"'<>\\]{1,200}|\.{0,2}\/[\w~.-][^\s"'<>\\|^`{}]{0,400}|\/)$/;
/** Words with slashes, as a call is given them: `api/users`. */
const RELATIVE = /^[\w-]{1,64}(?:\/[\w~.:-]{1,64}){0,8}\/?(?:\?[\w=&%.-]{0,200})?$/;
/** What a module imports starts from the module; other relative addresses from the page. */
const OTHER_FILE = /^\.{1,2}\/[^?#]{0,300}\.\w{1,5}$/;
/** Not places: media types, dates, file systems, comments. */
const NO_PLACE = /^\/[*/]|^\/\.+$|^\.{1,2}\/?$|^\/(?:usr|home|etc|var|node_modules|proc)\/|\*/;

/** Markup or code in a string, with a path in quotes. */
const QUOTES_PLACE = /[=(]\s{0,5}["'](?:https?:\/)?\/[\w~.-]/;
const MAX_QUOTED = 50;

/** `/users/:id` and `/users/[id]`, as routers write them, with a value for each. */
function withValues(text: string): string {
  return text
    .replace(/\/:[A-Za-z_]\w*(?:\([^()]{0,40}\))?[?*+]?/g, `/${PLACEHOLDER}`)
    .replace(/\{[A-Za-z_]\w*\}|\[\.{0,3}[A-Za-z_]\w*\]/g, PLACEHOLDER);
}

/** Names are also what `headers.delete("content-type")` is given: of an address of one word the client must be known. */
function isPlace(text: string, call: Call | null): boolean {
  if (NO_PLACE.test(text) || text.length > 500) return false;
  if (PATH.test(text)) return true;
  return (
    call !== null &&
    RELATIVE.test(text) &&
    (text.includes("/") || typeof call.base === "string" || call.method === "GET")
  );
}

/** An address below the base that its client puts before it. */
function under(base: string | null, address: string): string {
  if (base === null || base === "" || /^https?:|^\/\//.test(address)) return address;
  return `${base.replace(/\/$/, "")}/${address.replace(/^\.?\//, "")}`;
}

/** What a script names, and what it takes the other scripts of the page to know. */
export interface ScriptReading {
  readonly references: Reference[];
  /** Places beyond those that are read of one script. */
  readonly left: number;
  /** What clients put before addresses. */
  readonly bases: readonly string[];
  /** Of `references`: requested by a client that another script makes. */
  readonly floating: readonly Reference[];
  /** Of `references`: with a JSON body whose fields another script, or nobody, says. */
  readonly open: readonly OpenBody[];
  readonly callSites: CallSites;
}

export interface OpenBody {
  readonly reference: Reference;
  /** The function that is handed the body. */
  readonly by: FunctionParameter | null;
}

/**
 * Places that a script names: strings that are paths of their own, and the addresses of `fetch`, `XMLHttpRequest`, axios
 * and jQuery calls with method and parameters, put together as far as the script says what they are made of. All are
 * guesses but those that are requested by another method than GET. `base`: the page that the script runs in, which
 * relative addresses start from; `foundAt`: the script or the page that it stands in, which modules start from.
 */
export function scriptReferences(
  source: string,
  { base, foundAt }: { readonly base: string; readonly foundAt: string },
): ScriptReading {
  const values = scriptValues(scriptTokens(source));
  const script: Script = { ...values, bodies: bodyReader(values.tokens) };
  const found = new Map<string, Found>();
  let left = 0;
  for (const [index, token] of script.tokens.entries()) {
    if (token.type !== "string" || token.text.length < 2) continue;
    const call = callAt(script, index);
    const text = withValues(token.text);
    if (!isPlace(text, call)) continue;
    const address = under(call?.base ?? null, text);
    const key = JSON.stringify([
      call?.method ?? "GET",
      address,
      call?.parameters.map(({ name }) => name) ?? [],
    ]);
    if (found.has(key)) continue;
    const from = call === null && OTHER_FILE.test(address) ? foundAt : base;
    if (found.size >= MAX_PLACES_PER_SCRIPT) left += 1;
    else
      for (const reference of references(address, from, call, foundAt)) found.set(key, { reference, call });
  }
  const all = [...found.values()];
  return {
    references: [...all.map(({ reference }) => reference), ...quotedPlaces(script, base)],
    left,
    bases: [...new Set([...values.bases, ...values.wrappers.values()])].filter((text) => text !== ""),
    floating: all.filter(({ call }) => call?.base === null).map(({ reference }) => reference),
    open: all.flatMap(({ reference, call }) =>
      call?.open === undefined ? [] : [{ reference, by: call.open }],
    ),
    callSites: script.bodies.callSites(),
  };
}

function quotedPlaces({ tokens }: Pick<Script, "tokens">, base: string): Reference[] {
  return tokens
    .filter(({ type, text }) => type === "string" && QUOTES_PLACE.test(text))
    .flatMap(({ text }) => loosePlaces(text, base))
    .slice(0, MAX_QUOTED);
}

interface Found {
  readonly reference: Reference;
  readonly call: Call | null;
}

/** Text is a guess, and so is a call that changes nothing. */
function references(address: string, from: string, call: Call | null, foundAt: string): Reference[] {
  const { method, parameters } = call ?? { method: "GET", parameters: [] };
  const isGet = method === "GET";
  return places([address], from, "script", {
    method,
    parameters,
    isRequestable: isGet,
    isGuess: isGet,
    foundAt,
  });
}
