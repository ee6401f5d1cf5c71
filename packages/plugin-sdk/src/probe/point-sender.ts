import type { HttpRequestInput, PluginHttp } from "../plugin-context.ts";
import { type InsertionPoint, sendFresh } from "../surface/index.ts";
import type { Send } from "./answer.ts";

/**
 * Sends values at an insertion point, with the tokens of its form as they are now where it has some. `options` overrule
 * the point's request.
 */
export function senderOf(
  point: InsertionPoint,
  { http }: { readonly http: PluginHttp },
  options: Partial<Pick<HttpRequestInput, "timeoutMs" | "askedDelayMs" | "storage" | "maxRedirects">> = {},
): Send {
  return (value) => sendFresh(point, (fresh) => ({ ...fresh.request(value), ...options }), { http });
}
