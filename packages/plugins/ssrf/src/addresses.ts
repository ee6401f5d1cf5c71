import type { InsertionPoint } from "@picket/plugin-sdk/surface";

/** Names of what is fetched; compared with the last part of a parameter's name. */
const NAMES_AN_ADDRESS =
  /ur[il]s?$|ur[il]_|^u$|link|href|src$|source|dest|redirect|return|callback|hook|feed|rss|proxy|fetch|site|domain|host|server|endpoint|remote|import|preview|ping|avatar|image|img|photo|picture|logo|icon|html$|pdf|file|path$|page$|document|template|addr|target|forward|continue|next$|load|upload|download|open$|view$|api$|service|location|reference|resource|content$|data$|to$/i;

/** Names of hosts, which an application writes the scheme before. */
const NAMES_A_HOST = /host|domain|server|addr|^ip$|_ip$/i;

const HOST =
  /^(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?::\d{1,5})?(?:\/\S{0,500})?$|^\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?$/i;

/** Kinds of values that are surely no address. */
const NEVER: ReadonlySet<string> = new Set(["email", "date", "boolean"]);

function lastName({ parameter }: InsertionPoint): string {
  return parameter.name.split(/[/.[\]]/).findLast((part) => part !== "" && !/^\d+$/.test(part)) ?? "";
}

/** Whether the server may take this parameter for an address to ask for. */
export function mayBeAddress(point: InsertionPoint): boolean {
  const { kind, value, isObserved, parameter } = point;
  if (parameter.in === "header" || kind === "url" || HOST.test(value)) return true;
  if (NEVER.has(kind) || (isObserved && kind === "number")) return false;
  return parameter.in !== "path" && NAMES_AN_ADDRESS.test(lastName(point));
}

function extensionOf(value: string): string {
  return (
    /\/[^/?#]{1,200}(\.(?:png|jpe?g|gif|svg|webp|ico|xml|rss|json|csv|pdf|html?|txt))(?:[?#]|$)/i.exec(
      value,
    )?.[1] ?? ""
  );
}

/** Writes an address the way that the parameter holds them. */
export type Spelling = (address: string) => string;

/**
 * The ways to write an address here: with or without its scheme, with the extension that the known one has, and past a
 * filter that looks for the known host at the beginning.
 */
export function spellingsFor(point: InsertionPoint): readonly Spelling[] {
  const { value, isObserved } = point;
  const isHost = isObserved ? HOST.test(value) : NAMES_A_HOST.test(lastName(point));
  const extension = extensionOf(value);
  const plain: Spelling = (address) => (isHost ? withoutScheme(address) : address) + extension;
  const [, scheme, host] = /^(https?:)\/\/([^/?#@\s]{1,253})/i.exec(value) ?? [];
  if (!isObserved || scheme === undefined) return [plain];
  return [plain, (address) => address.replace(/^https?:\/\//, `http://${host}@`) + extension];
}

function withoutScheme(address: string): string {
  return address.replace(/^https?:\/\//, "");
}

const INSIDE =
  /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|\[(?:::1|f[cd]|fe80)|[^.:[\]]+$)|\.(?:internal|local|localhost|lan|corp|home\.arpa)$/i;

/** Whether only machines inside can be meant by this address. */
export function isInside(address: string): boolean {
  return INSIDE.test(URL.parse(address)?.hostname ?? "");
}
