import type { EndpointParameter, EndpointSource, WebUrl } from "@picket/core";
import { tryParseWebUrl } from "@picket/core";
import type { HtmlForm } from "@picket/plugin-sdk/surface";

/** A place that a document names. */
export interface Reference {
  readonly method: string;
  readonly url: WebUrl;
  readonly parameters: readonly EndpointParameter[];
  readonly source: EndpointSource;
  /** What is requested instead of `url`, such as a form with its fields filled in. */
  readonly request?: WebUrl;
  /** False for what only an act of the user requests, such as sending a form. */
  readonly isRequestable: boolean;
  /** True for text that only looks like a place: it is one when the target answers it otherwise than a place that is not there. */
  readonly isGuess?: boolean;
  /** How it is filled in, of a form that is sent by POST. */
  readonly form?: HtmlForm;
  /** The page or script that names it. */
  readonly foundAt?: string;
}

export function place(url: WebUrl, source: EndpointSource, more: Partial<Reference> = {}): Reference {
  return { method: "GET", url, parameters: [], source, isRequestable: true, ...more };
}

/** The places that texts name; what is no http(s) URL is left out. */
export function places(
  texts: readonly string[],
  base: string,
  source: EndpointSource,
  more: Partial<Reference> = {},
): Reference[] {
  return texts.flatMap((text) => {
    const url = tryParseWebUrl(text.trim(), base);
    return url ? [place(url, source, more)] : [];
  });
}
