import type { HttpRequestInput, PluginHttp } from "../plugin-context.ts";
import { type InsertionPoint, withFreshForm } from "../surface/index.ts";
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
  return async (value) => {
    const fresh = await withFreshForm(point, { http });
    if (!fresh)
      return { ok: false, reason: "invalid_request", detail: "the form is not on its page any more" };
    return http.request({ ...fresh.request(value), ...options });
  };
}
