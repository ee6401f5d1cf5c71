import { AppError } from "@picket/core";
import { z } from "zod";
import type { AnyReply, Route } from "./route.ts";

/** The reply's body as JSON by its schema; null when the status has none. Throws INTERNAL when it does not fit. */
export function encodeBody(route: Route, { status, body }: AnyReply): unknown {
  const spec = route.responses[status];
  if (!(spec instanceof z.ZodType)) return null;
  const result = z.safeEncode(spec, body);
  if (result.success) return result.data;
  throw new AppError("INTERNAL", `the answer of ${route.id} does not fit its schema`, {
    cause: result.error,
  });
}
