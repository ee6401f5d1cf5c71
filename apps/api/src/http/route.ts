import type { Role } from "@picket/core";
import type { Database } from "@picket/db";
import type { Request, Response } from "express";
import { z } from "zod";
import type { ApiServices } from "../api-services.ts";
import type { Caller } from "../auth/caller.ts";

/** An answer that no JSON schema describes; the handler writes its body itself. */
export interface RawResponse {
  contentType: string;
  description: string;
  /** Schemas that the description names. */
  schemas?: readonly z.ZodType[];
}

/** A schema for JSON, `RawResponse` for anything else, null for no body. */
export type ResponseSpec = z.ZodType | RawResponse | null;
export type Responses = Readonly<Record<number, ResponseSpec>>;

interface ReplyTo<Status, Spec extends ResponseSpec> {
  status: Status;
  /** As the schema's parsed side has it: dates are `Date`. What the schema does not name is left out of the answer. */
  body: Spec extends z.ZodType ? z.output<Spec> : null;
  headers?: Readonly<Record<string, string>>;
  /** Runs once the transaction is committed; must not throw. */
  afterCommit?: () => Promise<void>;
}

interface RawReply<Status> {
  status: Status;
  headers?: Readonly<Record<string, string>>;
  send(response: Response): void | Promise<void>;
}

export type Reply<Specs extends Responses> = {
  [Status in keyof Specs & number]: Specs[Status] extends RawResponse
    ? RawReply<Status>
    : ReplyTo<Status, Specs[Status]>;
}[keyof Specs & number];

export interface RouteInput<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  /** Who asks; null on public routes. */
  caller: Caller | null;
  /** For the audit: `token:<prefix>`. */
  actor: string;
  /** On anything but GET: within the request's own transaction. */
  database: Database;
  services: ApiServices;
  request: Request;
}

export type Method = "get" | "post" | "patch" | "delete";

interface RouteData<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  /** Name of the operation in the OpenAPI document. */
  id: string;
  method: Method;
  /** As Express writes it: `/scans/:id`. */
  path: string;
  /** The least role that may call it; `public` needs no token. */
  role: Role | "public";
  tag: string;
  summary: string;
  description?: string;
  request: { params?: Params; query?: Query; body?: Body };
  /** True when request or answer hold a secret: nothing of them is kept, so an Idempotency-Key is refused. */
  isSecret?: boolean;
  /** Longest body, bytes; absent: as configured for all. */
  bodyLimitBytes?: number;
  /** True for what others poll: it does not count against the rate limit. */
  isUnlimited?: boolean;
}

/** A route as the registrar and the OpenAPI document read it. */
export interface Route extends RouteData<z.ZodType, z.ZodType, z.ZodType> {
  responses: Responses;
  handle(input: RouteInput<unknown, unknown, unknown>): Promise<AnyReply>;
}

export interface AnyReply {
  status: number;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  afterCommit?: () => Promise<void>;
  send?(response: Response): void | Promise<void>;
}

const Nothing = z.strictObject({});
export type Nothing = typeof Nothing;

/** Checks that the handler fits the schemas. */
export function defineRoute<
  const Specs extends Responses,
  Params extends z.ZodType = Nothing,
  Query extends z.ZodType = Nothing,
  Body extends z.ZodType = Nothing,
>(
  route: RouteData<Params, Query, Body> & {
    responses: Specs;
    handle(
      input: RouteInput<z.output<Params>, z.output<Query>, z.output<Body>>,
    ): Promise<Reply<NoInfer<Specs>>>;
  },
): Route {
  return route;
}

export const IdParams = z.strictObject({ id: z.uuid() });
