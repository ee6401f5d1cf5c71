import { createHash } from "node:crypto";
import { AppError, canonicalJson } from "@picket/core";
import { type Answer, type RequestKey, runOnce } from "@picket/db";
import type { Request, Response } from "express";
import type { Caller } from "../auth/caller.ts";
import { encodeBody } from "./encode-body.ts";
import type { Route, RouteInput } from "./route.ts";

/** Runs what is no GET in one transaction, once for each Idempotency-Key, and answers when it is committed. */
export async function runCommand(
  route: Route,
  input: RouteInput<unknown, unknown, unknown>,
  response: Response,
): Promise<void> {
  const { services, request, caller } = input;
  let afterCommit: (() => Promise<void>) | undefined;
  const { answer, isReplayed } = await runOnce(
    services.database,
    requestKey(route, request, caller),
    async (database): Promise<Answer> => {
      const reply = await route.handle({ ...input, database });
      afterCommit = reply.afterCommit;
      return { status: reply.status, headers: { ...reply.headers }, body: encodeBody(route, reply) };
    },
  );
  await afterCommit?.();
  response.status(answer.status).set(answer.headers);
  if (isReplayed) response.set("Idempotent-Replayed", "true");
  if (answer.body === null) response.end();
  else response.json(answer.body);
}

function requestKey(route: Route, request: Request, caller: Caller | null): RequestKey | null {
  const key = request.headers["idempotency-key"];
  if (route.method !== "post" || key === undefined || !caller) return null;
  if (route.isSecret)
    throw badKey("is not possible here: the exchange holds a secret, of which nothing is kept");
  if (typeof key !== "string" || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw badKey("must be 1 to 255 visible ASCII characters");
  }
  const text = canonicalJson([route.id, request.originalUrl, request.body ?? null]);
  return { tokenId: caller.tokenId, key, requestHash: createHash("sha256").update(text).digest("hex") };
}

function badKey(message: string): AppError {
  const issue = { in: "header", path: "Idempotency-Key", message };
  return new AppError("INVALID_INPUT", `Idempotency-Key: ${message}`, { details: { issues: [issue] } });
}
