import { type HttpResponse, headerValues } from "@picket/core";
import { isHtmlType, mediaType, responseText } from "@picket/plugin-sdk";
import { Parser } from "htmlparser2";

/** An address in an answer that a browser goes to or loads. */
export interface Address {
  /** Where it stands, such as `Location` or `script src`. */
  readonly where: string;
  readonly url: URL;
}

const ATTRIBUTES: Record<string, string> = {
  a: "href",
  link: "href",
  base: "href",
  script: "src",
  img: "src",
  iframe: "src",
  form: "action",
};

/** `5; url=https://a.test/` → the address. */
function refreshUrl(content: string): string {
  return /^[\s\d.,;]{0,40}url\s{0,20}=\s{0,20}["']?([^"']{1,4096})/i.exec(content)?.[1] ?? "";
}

function textsIn(html: string): { where: string; text: string }[] {
  const texts: { where: string; text: string }[] = [];
  const parser = new Parser({
    onopentag(tag, attributes) {
      const name = ATTRIBUTES[tag];
      const text = name && attributes[name];
      if (text) texts.push({ where: `${tag} ${name}`, text });
      if (tag === "meta" && attributes["http-equiv"]?.toLowerCase() === "refresh")
        texts.push({ where: "meta refresh", text: refreshUrl(attributes.content ?? "") });
      if (tag === "meta" && attributes.property === "og:url")
        texts.push({ where: "meta og:url", text: attributes.content ?? "" });
    },
  });
  parser.end(html);
  return texts;
}

/** Absolute addresses in headers and elements; text that is no address of anything is left out. */
function addressesIn(response: HttpResponse): Address[] {
  const { headers, url } = response;
  const found = ["location", "refresh"].flatMap((name) =>
    headerValues(headers, name).map((text) => ({
      where: name,
      text: name === "refresh" ? refreshUrl(text) : text,
    })),
  );
  const inPage = isHtmlType(mediaType(headers)) ? textsIn(responseText(response)) : [];
  return [...found, ...inPage].flatMap(({ where, text }) => {
    const parsed = URL.parse(text, url);
    return parsed ? [{ where, url: parsed }] : [];
  });
}

/** The first address to that host. */
export function addressTo(host: string, response: HttpResponse): Address | undefined {
  return addressesIn(response).find(({ url }) => url.hostname === host || url.hostname.endsWith(`.${host}`));
}
