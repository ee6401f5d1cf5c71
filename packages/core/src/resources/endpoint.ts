import { z } from "zod";
import { EndpointParameter, EndpointSource } from "../plugin-event.ts";
import { Id, Timestamp } from "./common.ts";

export const EndpointResource = z
  .object({
    id: Id,
    targetId: Id,
    method: z.string(),
    url: z.string(),
    route: z.string(),
    parameters: z.array(EndpointParameter),
    source: EndpointSource,
    foundAt: z.string().nullable().describe("The page whose form or script named it, when that is known."),
    firstSeenAt: Timestamp,
    lastSeenAt: Timestamp,
  })
  .meta({ id: "Endpoint" });
export type EndpointResource = z.infer<typeof EndpointResource>;

/** Exactly one of the two. */
export const EndpointFilter = z.strictObject({
  target: Id.optional().describe("All endpoints known of this target, by route."),
  scan: Id.optional().describe("The endpoints that this scan saw, in the order in which they became known."),
});
export type EndpointFilter = z.infer<typeof EndpointFilter>;
