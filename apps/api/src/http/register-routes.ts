import { AppError, isTooDeep, MAX_JSON_DEPTH } from "@picket/core";
import express, { type Express, type Request, type RequestHandler, type Response } from "express";
import { z } from "zod";
import type { ApiServices } from "../api-services.ts";
import { callerOf, type Gate } from "../auth/gate.ts";
import { encodeBody } from "./encode-body.ts";
import { parseRequest } from "./parse-request.ts";
import type { AnyReply, Route, RouteInput } from "./route.ts";
import { runCommand } from "./run-command.ts";

export interface RegistrarOptions {
  gate: Gate;
  /** Counts a request of the caller, or of the address. */
  rateLimit: RequestHandler;
  bodyLimitBytes: number;
}

/** The only place where routes meet Express: who may call, how often, what goes in, what comes out. */
export function registerRoutes(
  app: Express,
  routes: readonly Route[],
  { services, options }: { services: ApiServices; options: RegistrarOptions },
): void {
  const json = (limit: number) => express.json({ limit, type: isJson, verify: refuseDeep });
  const usual = json(options.bodyLimitBytes);
  for (const route of routes) {
    app[route.method](
      route.path,
      ...(route.role === "public" ? [] : [options.gate(route.role)]),
      ...(route.isUnlimited ? [] : [options.rateLimit]),
      ...(route.request.body
        ? [refuseOtherTypes, route.bodyLimitBytes ? json(route.bodyLimitBytes) : usual]
        : []),
      (request, response) => serve(route, services, { request, response }),
    );
  }
  for (const [path, methods] of methodsByPath(routes)) app.route(path).all(refuseMethod(methods));
}

function isJson(request: { headers: Record<string, unknown> }): boolean {
  return /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(String(request.headers["content-type"]));
}

/** Before it is parsed: see `parseJson`. Bytes stand for characters here, which UTF-8 alone allows. */
function refuseDeep(_request: unknown, _response: unknown, body: Buffer, encoding: string): void {
  if (encoding !== "utf-8")
    throw new AppError("UNSUPPORTED_MEDIA_TYPE", "the body must be in UTF-8", {
      hint: "Send it with Content-Type: application/json; charset=utf-8.",
    });
  if (isTooDeep(body.toString("latin1")))
    throw new AppError("INVALID_INPUT", `the body nests more than ${MAX_JSON_DEPTH} levels deep`, {
      hint: "Send what the API's description says.",
    });
}

function refuseOtherTypes(request: Request, _response: Response, next: (error?: unknown) => void): void {
  const hasBody =
    request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"]) > 0;
  if (hasBody && !isJson(request)) {
    throw new AppError("UNSUPPORTED_MEDIA_TYPE", "the body must be JSON", {
      hint: "Send it with Content-Type: application/json.",
    });
  }
  next();
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const names = method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()];
    methods.set(path, [...(methods.get(path) ?? []), ...names]);
  }
  return methods;
}

function refuseMethod(methods: readonly string[]): RequestHandler {
  const allowed = methods.join(", ");
  return (request, response) => {
    response.set("Allow", allowed);
    throw new AppError("METHOD_NOT_ALLOWED", `${request.method} is not possible here`, {
      hint: `Use ${allowed}.`,
    });
  };
}

async function serve(
  route: Route,
  services: ApiServices,
  { request, response }: { request: Request; response: Response },
): Promise<void> {
  const caller = callerOf(response);
  const input: RouteInput<unknown, unknown, unknown> = {
    ...parseRequest(route, request),
    caller,
    actor: caller?.actor ?? "anonymous",
    database: services.database,
    services,
    request,
  };
  if (route.method !== "get") return runCommand(route, input, response);
  const reply = await route.handle(input);
  response.status(reply.status).set({ ...reply.headers });
  await sendBody(route, reply, { request, response });
}

async function sendBody(
  route: Route,
  reply: AnyReply,
  { request, response }: { request: Request; response: Response },
): Promise<void> {
  const spec = route.responses[reply.status];
  if (spec === null) {
    response.end();
  } else if (spec instanceof z.ZodType) {
    response.json(encodeBody(route, reply));
  } else {
    if (!response.hasHeader("Content-Type")) response.set("Content-Type", spec?.contentType ?? "");
    if (request.method === "HEAD") response.end();
    else await reply.send?.(response);
  }
}
