import type { Socket } from "node:net";
import { type TlsOffer, type TlsOfferResult, toError } from "@picket/core";
import { type ConnectionLimits, openSocket } from "../connection.ts";
import { FetchError } from "../fetch-error.ts";
import type { ScopedTarget } from "../scope-gate.ts";
import { clientHello, type ServerAnswer, serverAnswer } from "./hello.ts";

/** Far more than a ServerHello is long, bytes. */
const MAX_ANSWER_BYTES = 20_000;

type Answered = ServerAnswer | { readonly kind: "closed" };

/** The first answer, read no further than needed. */
async function readAnswer(socket: Socket, signal: AbortSignal): Promise<Answered> {
  let bytes = Buffer.alloc(0);
  const stop = () => void socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk as Buffer]);
      const answer = serverAnswer(bytes);
      if (answer.kind !== "incomplete") return answer;
      if (bytes.length > MAX_ANSWER_BYTES) return { kind: "foreign" };
    }
    return { kind: "closed" };
  } catch (error) {
    if (signal.aborted) throw error;
    // A reset is how some refuse.
    return { kind: "closed" };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function resultOf(answer: Answered): TlsOfferResult {
  switch (answer.kind) {
    case "hello":
      return { ok: true, accepted: true, version: answer.version, cipher: answer.cipher };
    case "alert":
      return { ok: true, accepted: false, detail: `alert ${answer.alert}` };
    case "closed":
      return { ok: true, accepted: false, detail: "the target closed the connection" };
    case "incomplete":
    case "foreign":
      throw new FetchError("tls_error", "the target does not speak TLS");
  }
}

/**
 * Sends one ClientHello to the pinned address and reads the answer to it. That it is refused is a result. Throws
 * FetchError: `connect_error`, `timed_out`, `tls_error` when what answers is no TLS, `out_of_scope`, or the signal's reason.
 */
export async function offerTls(
  target: ScopedTarget,
  { version, ciphers, serverName }: TlsOffer,
  limits: ConnectionLimits,
  signal: AbortSignal,
): Promise<TlsOfferResult> {
  const socket = await openSocket(target, limits, signal);
  const timeout = AbortSignal.timeout(limits.connectTimeoutMs);
  try {
    socket.write(clientHello(version, ciphers, serverName ?? null));
    return resultOf(await readAnswer(socket, AbortSignal.any([signal, timeout])));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FetchError) throw error;
    const detail = timeout.aborted
      ? `no answer within ${limits.connectTimeoutMs} ms`
      : toError(error).message;
    throw new FetchError(timeout.aborted ? "timed_out" : "tls_error", detail, { cause: error });
  } finally {
    socket.destroy();
  }
}
