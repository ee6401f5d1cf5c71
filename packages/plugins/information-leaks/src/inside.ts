import { findSecretMarks, tryParseIp } from "@picket/core";
import { type Answer, bodyLeak, type Detector, type Leak } from "@picket/plugin-sdk/errors";
import type { HtmlPage } from "@picket/plugin-sdk/html";
import type { ClaimId } from "./claims.ts";

/** Attributes whose value, where it begins with a slash, is a path of the site. */
const ADDRESS_ATTRIBUTE =
  /^(?:href|src|srcset|action|formaction|poster|background|data|content|data-[\w-]{1,40})$/;

/** What a page carries and does not show: comments, attributes and scripts. Of anything but HTML, all of it. */
function hiddenText({ page, body }: Answer): string {
  if (!page) return body;
  const scripts = page.texts.filter(({ within }) => within.at(-1) === "script").map(({ text }) => text);
  const comments = page.comments.map(({ text }) => text);
  const attributes = page.elements.flatMap(({ attributes: all }) =>
    Object.entries(all).map(([name, value]) => (ADDRESS_ATTRIBUTE.test(name) ? `address=${value}` : value)),
  );
  return [...comments, ...attributes, ...scripts].join("\n");
}

const PATHS =
  /(?<![\w./:@-]|address=)(?:\/(?:var\/www|srv\/www|usr\/share\/nginx|usr\/local\/(?:apache2|nginx|tomcat)|opt\/(?:tomcat|bitnami)|home\/[a-z][\w-]{0,31}|Users\/[A-Za-z][\w.-]{0,31})\/[\w@.+-]{1,80}(?:\/[\w@.+-]{1,80}){0,12}|[A-Z]:\\{1,2}(?:inetpub|xampp|wamp(?:64)?|www|Users\\{1,2}\w{1,40}|Program Files)\\{1,2}[^\s"'<>|?*]{1,200})/;
/** Names that documents use for the reader's own. */
const EXAMPLE_PATH =
  /^\/(?:home|Users)\/(?:user|username|you|your[\w-]*|me|name|example|foo|alice|bob|john|jane)\//i;

export const internalPaths: Detector<ClaimId> = (answer) => {
  const match = PATHS.exec(hiddenText(answer));
  if (!match || EXAMPLE_PATH.test(match[0])) return [];
  return [bodyLeak({ claim: "internal-path", key: "", snippet: match[0], kind: "pattern" })];
};

/** Private addresses (RFC 1918), with what keeps versions and longer numbers out. */
const ADDRESSES = /(?<![\w.-])(?:10|172|192)(?:\.\d{1,3}){3}(?![\w-]|\.\d)/g;
/** First addresses of a router, which examples and placeholders use. */
const COMMON_ADDRESS = /^(?:192\.168\.[01]\.(?:0|1|100|254|255)|10\.0\.0\.[0-2]|10\.10\.10\.10|10\.1\.1\.1)$/;

function isPrivate(text: string): boolean {
  const octets = text.split(".").map(Number);
  const [a = 0, b = 0] = octets;
  if (!tryParseIp(text) || octets.some((octet) => octet > 255)) return false;
  return a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
}

function privateAddressIn(text: string, ownHost: string): string | null {
  for (const [address] of text.matchAll(ADDRESSES))
    if (isPrivate(address) && address !== ownHost && !COMMON_ADDRESS.test(address)) return address;
  return null;
}

function addressInHeaders({ headers, url }: Answer): Leak<ClaimId> | null {
  for (const [name, value] of headers) {
    if (privateAddressIn(value, url.host) === null) continue;
    const location = { part: "response_header" as const, name };
    return {
      claim: "private-address",
      key: "header",
      snippet: `${name}: ${value}`.slice(0, 500),
      kind: "observation",
      location,
    };
  }
  return null;
}

/** Digits with three points are as often a version or a position as an address: in a body one must stand where hosts do. */
const HOST_BEFORE =
  /(?:\/\/(?:[^\s/@]{1,64}@)?|(?:host|hostname|server|addr(?:ess)?|ip|upstream|backend|node|proxy)["']?\s{0,3}[:=]\s{0,3}["']?)$/i;

/** In a page's own comment, not in a manual of plain text. */
const MADE_BEFORE = /\b(?:by|from|via)\s$/i;

function addressInBody(answer: Answer): Leak<ClaimId> | null {
  const text = hiddenText(answer);
  for (const { index, 0: address } of text.matchAll(ADDRESSES)) {
    const before = text.slice(Math.max(0, index - 80), index);
    const isHost = HOST_BEFORE.test(before) || (answer.page !== null && MADE_BEFORE.test(before));
    if (!isHost || privateAddressIn(address, answer.url.host) === null) continue;
    const snippet = text.slice(Math.max(0, index - 40), index + address.length + 20);
    return bodyLeak({ claim: "private-address", key: "body", snippet, kind: "pattern" });
  }
  return null;
}

export const privateAddresses: Detector<ClaimId> = (answer) =>
  [addressInHeaders(answer), addressInBody(answer)].filter((leak) => leak !== null);

const ADDRESS_OR_MARK =
  /\[redacted:email[^\]\s]{0,40}\]|[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,12}(?![\w-])/;

/** Only by option: most addresses on a site are there to be written to. */
export const emailAddresses: Detector<ClaimId> = ({ body }) => {
  const match = ADDRESS_OR_MARK.exec(body);
  return match ? [bodyLeak({ claim: "email-address", key: "", snippet: match[0], kind: "pattern" })] : [];
};

const PASSWORD_NAME = "pass(?:word|wd|phrase)?|pwd|kennwort|passwort";
/** `user: admin … password: x1y2`, with a value that is no word of prose. */
const LOGIN = new RegExp(
  `\\b(?:user(?:name)?|login|account|admin)\\b[\\s\\S]{0,80}?\\b(?:${PASSWORD_NAME})\\b\\s{0,3}(?:[:=]|is)\\s{0,3}["']?(\\S{4,100})`,
  "i",
);
const VALUE = /[\d!@#$%^&*]|^\[redacted:password/;

function loginIn(page: HtmlPage): string | null {
  for (const { text } of page.comments) {
    const value = LOGIN.exec(text)?.[1];
    const isExample = [...findSecretMarks(text)].some(({ traits }) => traits.includes("example"));
    if (value !== undefined && VALUE.test(value) && !isExample) return text.replace(value, "…");
  }
  return null;
}

export const commentedCredentials: Detector<ClaimId> = ({ page }) => {
  const comment = page && loginIn(page);
  return comment ? [bodyLeak({ claim: "credentials-in-comment", key: "", snippet: comment.trim() })] : [];
};
