import type { Identity } from "@picket/core";
import type { PluginHttp } from "@picket/plugin-sdk";
import { type Answer, answerOf } from "@picket/plugin-sdk/probe";
import { isData, readableText } from "./read-pages.ts";
import { type Words, wordsOf } from "./words.ts";

/** What somebody is shown at an address. */
export interface View {
  readonly answer: Answer;
  readonly text: string;
  readonly words: Words;
  /** The page, and not a refusal, a way to the login, or nothing. */
  readonly isShown: boolean;
  readonly isData: boolean;
}

/** Looks through somebody's eyes. Null: there was no answer, as when the session was lost; then nothing may be said. */
export interface Viewer {
  /** Asks once for each identity and address. */
  see(identity: Identity, url: string): Promise<View | null>;
  seeAgain(identity: Identity, url: string): Promise<View | null>;
}

export function createViewer(http: PluginHttp): Viewer {
  const seen = new Map<string, Promise<View | null>>();
  async function look(identity: Identity, url: string): Promise<View | null> {
    // Another user's data need not lie around.
    const response = await http.get(url, { identity, maxRedirects: 0, storage: "none" });
    if (!response.ok) return null;
    const answer = answerOf(response);
    const text = readableText(answer.text);
    return {
      answer,
      text,
      words: wordsOf(text),
      isShown: response.status === 200,
      isData: isData(answer.type),
    };
  }
  return {
    see(identity, url) {
      const key = `${identity} ${url}`;
      const view = seen.get(key) ?? look(identity, url);
      seen.set(key, view);
      return view;
    },
    seeAgain: look,
  };
}
