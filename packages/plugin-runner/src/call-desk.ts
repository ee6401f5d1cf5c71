import {
  AppError,
  type CallbackQuery,
  type HttpFailure,
  HttpRequest,
  type PluginLimits,
  TlsProbe,
} from "@picket/core";
import {
  type ChildMessage,
  MAX_PENDING_CALLS,
  type ParentMessage,
  type SessionQuery,
} from "@picket/plugin-sdk/protocol";
import { z } from "zod";
import type { PluginPorts } from "./plugin-ports.ts";

type CallMessage = Extract<ChildMessage, { kind: "http" | "tls" | "callback" | "session" }>;

export interface CallDesk {
  /** Answers in its own time. Throws PROTOCOL_VIOLATION when too many calls are pending. */
  accept(message: CallMessage): void;
  readonly httpRequests: number;
}

export interface CallDeskOptions {
  ports: Pick<PluginPorts, "http" | "tls" | "callbacks" | "session">;
  limits: Pick<PluginLimits, "maxRequests">;
  signal: AbortSignal;
  send(message: ParentMessage): void;
  onFailure(error: unknown): void;
}

/** Answers a plugin's requests and session queries, within its limits. */
export function createCallDesk(options: CallDeskOptions): CallDesk {
  const { ports, limits, signal, send, onFailure } = options;
  const pending = new Set<number>();
  let httpRequests = 0;

  /** What was asked for, within the schema and the run's limit. */
  async function forward<Asked, Result>(
    schema: z.ZodType<Asked>,
    raw: unknown,
    port: (asked: Asked, abort: AbortSignal) => Promise<Result>,
  ): Promise<Result | HttpFailure> {
    const parsed = schema.safeParse(raw);
    if (!parsed.success)
      return { ok: false, reason: "invalid_request", detail: z.prettifyError(parsed.error) };
    if (httpRequests >= limits.maxRequests)
      return {
        ok: false,
        reason: "budget_exhausted",
        detail: `a run may make ${limits.maxRequests} requests`,
      };
    httpRequests += 1;
    return port(parsed.data, signal);
  }

  function askCallbacks(query: CallbackQuery): Promise<unknown> {
    if (query.ask === "probe") return ports.callbacks.probe();
    return ports.callbacks.hits(query.tokens, query.waitMs);
  }

  function query(asked: SessionQuery): Promise<unknown> {
    switch (asked.list) {
      case "endpoints":
        return ports.session.endpoints(asked.page);
      case "components":
        return ports.session.components(asked.page);
      case "known":
        return ports.session.known(asked.page);
      case "fetches":
        return ports.session.fetches(asked.page, asked.filter);
      case "body":
        return ports.session.body(asked.fetchId);
    }
  }

  function answerTo(message: CallMessage): Promise<unknown> {
    switch (message.kind) {
      case "http":
        return forward(HttpRequest, message.request, ports.http);
      case "tls":
        return forward(TlsProbe, message.probe, ports.tls);
      case "callback":
        return askCallbacks(message.query);
      case "session":
        return query(message.query);
    }
  }

  async function answer(message: CallMessage): Promise<void> {
    const { id } = message;
    try {
      const value = await answerTo(message);
      pending.delete(id);
      send({ kind: "reply", id, value });
    } catch (error) {
      onFailure(error);
    }
  }

  return {
    get httpRequests() {
      return httpRequests;
    },
    accept(message) {
      if (pending.has(message.id) || pending.size >= MAX_PENDING_CALLS)
        throw new AppError(
          "PROTOCOL_VIOLATION",
          `call ${message.id} is pending already, or ${MAX_PENDING_CALLS} are`,
        );
      pending.add(message.id);
      void answer(message);
    },
  };
}
