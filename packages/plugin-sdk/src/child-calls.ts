import type { CallbackHits, CallbackPort, CallbackProbe, CallbackQuery, CallbackRefusal } from "@picket/core";
import { MAX_PENDING_CALLS } from "./limits.ts";
import type { ChildMessage, SessionQuery } from "./messages.ts";
import { Semaphore } from "./semaphore.ts";
import type { SessionPort } from "./session.ts";

type Call =
  | { kind: "http"; request: unknown }
  | { kind: "tls"; probe: unknown }
  | { kind: "callback"; query: CallbackQuery }
  | { kind: "session"; query: SessionQuery };

export interface Calls {
  /** The parent's reply. */
  call(message: Call): Promise<unknown>;
  reply(id: number, value: unknown): void;
}

/** Requests to the parent that wait for their reply, at most `MAX_PENDING_CALLS` at a time. */
export function createCalls(send: (message: ChildMessage) => void): Calls {
  const pending = new Map<number, (value: unknown) => void>();
  const permits = new Semaphore(MAX_PENDING_CALLS);
  let lastId = 0;

  async function call(message: Call): Promise<unknown> {
    await permits.take();
    lastId += 1;
    const id = lastId;
    try {
      return await new Promise((resolve) => {
        pending.set(id, resolve);
        send({ ...message, id });
      });
    } finally {
      pending.delete(id);
      permits.give();
    }
  }

  return { call, reply: (id, value) => pending.get(id)?.(value) };
}

/** The session behind the channel. Replies come from the worker and are not checked again. */
export function createRemoteSession({ call }: Calls): SessionPort {
  const ask = async <Reply>(query: SessionQuery) => (await call({ kind: "session", query })) as Reply;
  return {
    endpoints: (page) => ask({ list: "endpoints", page }),
    components: (page) => ask({ list: "components", page }),
    known: (page) => ask({ list: "known", page }),
    fetches: (page, { contentTypes, ...filter }) =>
      ask({ list: "fetches", page, filter: { ...filter, contentTypes: contentTypes && [...contentTypes] } }),
    body: (fetchId) => ask({ list: "body", fetchId }),
  };
}

/** The callback listener behind the channel. */
export function createRemoteCallbacks({ call }: Calls): CallbackPort {
  const ask = (query: CallbackQuery) => call({ kind: "callback", query });
  return {
    probe: async () => (await ask({ ask: "probe" })) as CallbackProbe | CallbackRefusal,
    hits: async (tokens, waitMs) =>
      (await ask({ ask: "hits", tokens: [...tokens], waitMs })) as CallbackHits | CallbackRefusal,
  };
}
