import { AppError, toError } from "@picket/core";
import { assertReady } from "@picket/db";
import { z } from "zod";
import type { ApiServices } from "../api-services.ts";

const Part = z.object({
  ok: z.boolean(),
  problem: z.string().nullable().describe("What is wrong, in the words of a code."),
});

/** Whether each part that the API needs can be used. */
export const Readiness = z
  .object({ ready: z.boolean(), database: Part, queue: Part, bodies: Part })
  .meta({ id: "Readiness" });
export type Readiness = z.infer<typeof Readiness>;
type Part = z.infer<typeof Part>;

/** Of each part. */
const CHECK_TIMEOUT_MS = 3_000;
/** Whoever asks, and however often: the parts are checked once in this time. */
const KEPT_MS = 500;

type Checked = Pick<ApiServices, "database" | "queue" | "bodies" | "logger">;

/** Never rejects. */
export function createReadiness(services: Checked): () => Promise<Readiness> {
  let latest: Promise<Readiness> | null = null;
  const forget = () => {
    latest = null;
  };
  return () => {
    latest ??= checkParts(services).finally(() => setTimeout(forget, KEPT_MS).unref());
    return latest;
  };
}

async function checkParts({ database, queue, bodies, logger }: Checked): Promise<Readiness> {
  const check = async (part: string, work: Promise<unknown>): Promise<Part> => {
    try {
      await withinTime(work);
      return { ok: true, problem: null };
    } catch (error) {
      logger.warn("not ready", { part, error: toError(error) });
      return { ok: false, problem: error instanceof AppError ? error.code : "INTERNAL" };
    }
  };
  const [databasePart, queuePart, bodiesPart] = await Promise.all([
    check("database", assertReady(database)),
    check("queue", queue.ping()),
    check("bodies", bodies.check()),
  ]);
  const ready = databasePart.ok && queuePart.ok && bodiesPart.ok;
  return { ready, database: databasePart, queue: queuePart, bodies: bodiesPart };
}

async function withinTime(work: Promise<unknown>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const error = new AppError("INTERNAL", `no answer within ${CHECK_TIMEOUT_MS} ms`);
  const timer = setTimeout(() => reject(error), CHECK_TIMEOUT_MS);
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
