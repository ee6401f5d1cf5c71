import type { HttpRequestInput, NegativeControl, PluginHttp } from "./plugin-context.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";
/** 26^16: no application has it, and no two controls share it. */
const TOKEN_LENGTH = 16;

function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_LENGTH));
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

/** `backup.tar.gz` → `<token>.tar.gz`, `.env` → `.<token>`. */
function randomName(like: string, token: string): string {
  const dot = like.startsWith(".") ? "." : "";
  const extension = like.indexOf(".", dot.length);
  return dot + token + (extension > 0 ? like.slice(extension) : "");
}

/**
 * `like` with its last path segment replaced by `token`, its shape kept: leading dot, extensions, trailing slash.
 * Query and fragment are dropped.
 */
export function randomPathUrl(like: string, token: string): string {
  const url = new URL(like);
  const [, directory = "/", name = "", slash = ""] = /^(.*?\/)([^/]*)(\/?)$/.exec(url.pathname) ?? [];
  url.pathname = directory + randomName(name, token) + slash;
  url.search = "";
  url.hash = "";
  return url.href;
}

/** A value of the payload's length and letter case in which no character has a meaning to any parser. */
export function benignLike(payload: string): string {
  return payload
    .replace(/[^A-Za-z0-9]/g, "x")
    .replace(/[a-z]/g, "x")
    .replace(/[A-Z]/g, "X");
}

/** `like` as an absolute URL; where its last segment may not change without leaving the base, a child of it. */
function modelUrl(like: string, baseUrl: string): string {
  const url = new URL(like, baseUrl);
  const isBase = url.pathname.endsWith("/") && new URL(baseUrl).pathname.startsWith(url.pathname);
  return isBase ? new URL("index", url).href : url.href;
}

/** Negative controls over the plugin's own way to the target. */
export function createControl(http: Pick<PluginHttp, "get" | "request">, baseUrl: string): NegativeControl {
  return {
    randomPath: (like = "./") =>
      http.get(randomPathUrl(modelUrl(like, baseUrl), randomToken()), { maxRedirects: 0 }),
    benign: (payload: string, build: (value: string) => HttpRequestInput) =>
      http.request(build(benignLike(payload))),
  };
}
