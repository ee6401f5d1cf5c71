import { z } from "zod";
import { Timestamp } from "./common.ts";

/** A process that runs module runs. */
export const WorkerResource = z
  .object({
    id: z.string(),
    live: z.boolean().describe("Whether it gave a sign of life of late; only then its slots count."),
    slots: z.int().describe("Module runs that it can run at the same time."),
    inHand: z.int().describe("Module runs that it runs now."),
    startedAt: Timestamp,
    seenAt: Timestamp,
  })
  .meta({ id: "Worker" });
export type WorkerResource = z.infer<typeof WorkerResource>;
