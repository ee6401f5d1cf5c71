import { once } from "node:events";
import {
  AppError,
  ERROR_POLICIES,
  type ErrorCode,
  originOf,
  Problem,
  parseJson,
  parseWebUrl,
} from "@picket/core";
import got, { type Got, HTTPError, RequestError, type Response } from "got";
import type { z } from "zod";
import { readEvents, type ServerEvent } from "./event-stream.ts";

interface ServiceClientOptions {
  /** Of the API; paths are below it. */
  baseUrl: string;
  /** Sent as a bearer token. */
  token?: string;
  /** For each attempt of a call, and for the header of an event stream, ms. Default 10,000. */
  timeoutMs?: number;
}

interface CallOptions<T> {
  /** What the answer must be; `z.undefined()` for one without content. */
  schema: z.ZodType<T>;
  query?: Record<string, string | number | boolean>;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

interface EventOptions {
  signal?: AbortSignal;
  /** Go on after this event. */
  lastEventId?: string;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A client for a JSON API that reports errors as problems (RFC 9457), such as Picket's own. */
export interface ServiceClient {
  /**
   * Throws AppError: with the server's own code, message and hint, and in `details` its errorId and the fields that are
   * wrong; `TARGET_UNREACHABLE` when it does not answer;
   * `PROTOCOL_VIOLATION` when the answer is not what `schema` says. Only GET is repeated, twice at most, when the server
   * does not answer or says 429, 502, 503 or 504. Redirects are not followed: the token stays with `baseUrl`.
   */
  call<T>(method: Method, path: string, options: CallOptions<T>): Promise<T>;
  /** Server-sent events until the server ends the stream. Never repeated. Throws as `call` does. */
  events(path: string, options?: EventOptions): AsyncGenerator<ServerEvent, void, void>;
}

/** Throws INVALID_INPUT when `baseUrl` is no http(s) URL or holds a password. */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const { token, timeoutMs = 10_000 } = options;
  const base = parseWebUrl(options.baseUrl);
  const client = got.extend({
    prefixUrl: originOf(base) + base.path,
    allowAbsoluteUrls: false,
    followRedirect: false,
    retry: { limit: 2, methods: ["GET"], statusCodes: [429, 502, 503, 504], maxRetryAfter: timeoutMs },
    headers: { accept: "application/json", ...(token && { authorization: `Bearer ${token}` }) },
  });
  return {
    call: (method, path, callOptions) => call(client, timeoutMs, { method, path, ...callOptions }),
    events: (path, eventOptions = {}) => events(client, timeoutMs, path, eventOptions),
  };
}

interface Where {
  method: Method;
  path: string;
}

async function call<T>(client: Got, timeoutMs: number, options: CallOptions<T> & Where): Promise<T> {
  const { method, path, schema, query, body, headers, signal } = options;
  const request = client(below(path), {
    method,
    timeout: { request: timeoutMs },
    ...(query && { searchParams: query }),
    ...(body !== undefined && { json: body }),
    ...(headers && { headers }),
    ...(signal && { signal }),
  });
  const response = await request.catch((error: unknown) => {
    throw serviceError(error, signal);
  });
  assertNoRedirect(response);
  return parseAnswer(schema, `${method} ${response.url}`, response.body);
}

async function* events(
  client: Got,
  timeoutMs: number,
  path: string,
  { signal, lastEventId }: EventOptions,
): AsyncGenerator<ServerEvent, void, void> {
  const stream = client.stream(below(path), {
    headers: {
      accept: "text/event-stream",
      ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
    },
    timeout: { response: timeoutMs },
    retry: { limit: 0 },
    ...(signal && { signal }),
  });
  try {
    const [response] = (await once(stream, "response")) as [Response];
    assertNoRedirect(response);
    assertEventStream(response);
    yield* readEvents(stream);
  } catch (error) {
    throw serviceError(error, signal);
  } finally {
    stream.destroy();
  }
}

/** got wants what follows the base URL. */
function below(path: string): string {
  return path.replace(/^\/+/, "");
}

function assertNoRedirect({ statusCode, url, headers }: Response): void {
  if (statusCode < 300) return;
  throw new AppError("PROTOCOL_VIOLATION", `${url} redirects to ${headers.location ?? "an unknown place"}`, {
    hint: "Give the URL it redirects to as the address of the API.",
  });
}

function assertEventStream({ url, headers }: Response): void {
  if (headers["content-type"]?.startsWith("text/event-stream")) return;
  throw new AppError("PROTOCOL_VIOLATION", `${url} is no event stream`, { hint: NOT_THE_API });
}

const NOT_THE_API = "Is the address that of the Picket API, and is it the same version as this program?";

function parseAnswer<T>(schema: z.ZodType<T>, what: string, body: string): T {
  const answer = schema.safeParse(body === "" ? undefined : tryParseJson(body));
  if (answer.success) return answer.data;
  throw new AppError("PROTOCOL_VIOLATION", `${what} gave an answer of another form than expected`, {
    hint: NOT_THE_API,
    details: { issues: answer.error.issues },
  });
}

function tryParseJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // Text stays text: no schema of an answer takes it, so the caller learns what came instead.
    return text;
  }
}

/** got's errors hold the request with its token, so none of them travels on as a cause. */
function serviceError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof HTTPError) return problemError(error.response);
  if (error instanceof RequestError) return unreachable(error.options.url, error.message);
  return error;
}

function problemError({ statusCode, url, body }: Response<unknown>): AppError {
  const problem = Problem.safeParse(tryParseJson(String(body)));
  if (problem.success) return errorOf(problem.data);
  if (statusCode >= 502 && statusCode <= 504) return unreachable(url, `answered ${statusCode}`);
  return new AppError("PROTOCOL_VIOLATION", `${url} answered ${statusCode} without saying why`, {
    hint: NOT_THE_API,
  });
}

function errorOf({ code, detail, hint, errorId, errors }: Problem): AppError {
  const details = { errorId, ...(errors && { errors }) };
  return new AppError(isErrorCode(code) ? code : "PROTOCOL_VIOLATION", detail, {
    ...(hint && { hint }),
    details,
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_POLICIES, code);
}

function unreachable(url: string | URL | undefined, why: string): AppError {
  return new AppError("TARGET_UNREACHABLE", `no answer from ${String(url)}: ${why}`, {
    hint: "Is the service running, and is its address right?",
  });
}
