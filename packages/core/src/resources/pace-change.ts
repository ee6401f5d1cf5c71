import { z } from "zod";
import { Distress, PaceEvent } from "../pace.ts";
import { Id, Timestamp } from "./common.ts";

/** A change of the rate at which a target is asked, by all its scans together. */
export const PaceChangeResource = z
  .object({
    id: Id,
    at: Timestamp,
    event: PaceEvent,
    distress: Distress.nullable().describe("What the target showed; null where it showed nothing."),
    rps: z.number().describe("Rate from then on, requests per second."),
    pauseMs: z.int().describe("How long nothing is sent at all."),
  })
  .meta({ id: "PaceChange" });
export type PaceChangeResource = z.infer<typeof PaceChangeResource>;
