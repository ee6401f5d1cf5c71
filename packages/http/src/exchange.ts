import { type HeaderList, toError, type WebUrl } from "@picket/core";
import type { Client, Dispatcher } from "undici";
import { type Connection, type TlsTerms, UnansweredError } from "./connection.ts";
import { FetchError } from "./fetch-error.ts";
import { type BodyReader, createBodyReader } from "./response-body.ts";

/** One request as it goes over the wire. */
export interface WireRequest {
  url: WebUrl;
  method: string;
  headers: HeaderList;
  body?: Uint8Array;
  /** Over a connection of its own, made on these terms. */
  handshake?: TlsTerms["handshake"];
}

export interface WireResponse {
  status: number;
  headers: HeaderList;
  body: Uint8Array;
  truncated: boolean;
  undecoded: boolean;
}

/** The sizes that `HeaderList` admits. */
const MAX_FIELDS = 500;
const MAX_NAME_LENGTH = 256;
const MAX_VALUE_LENGTH = 16_384;

/**
 * Sends one request over the connection and reads the response up to `maxBodyBytes`; beyond that the connection is
 * closed and the response marked truncated. Throws FetchError; `StaleConnectionError` when nothing was written,
 * `UnansweredError` when nothing came back.
 */
export async function exchange(
  connection: Connection,
  request: WireRequest,
  maxBodyBytes: number,
  signal: AbortSignal,
): Promise<WireResponse> {
  const { bytesRead } = connection.socket;
  try {
    signal.throwIfAborted();
    return await responseTo(connection.client, request, { maxBodyBytes, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FetchError) throw error;
    throw wireError(toError(error), connection, connection.socket.bytesRead > bytesRead);
  }
}

interface Reading {
  maxBodyBytes: number;
  signal: AbortSignal;
}

/**
 * Rejects with what the client, the socket or a decoder reports, or the signal's reason. What arrives
 * is taken from the client without a stream in between: it is read whole anyway.
 */
function responseTo(client: Client, request: WireRequest, reading: Reading): Promise<WireResponse> {
  const { maxBodyBytes, signal } = reading;
  const { promise, resolve, reject } = Promise.withResolvers<WireResponse>();
  let controller: Dispatcher.DispatchController | undefined;
  let body: BodyReader | undefined;
  let isSettled = false;

  /** False when that has been done before. */
  const settle = (): boolean => {
    const isFirst = !isSettled;
    isSettled = true;
    signal.removeEventListener("abort", cancel);
    return isFirst;
  };
  const fail = (error: Error) => {
    if (!settle()) return;
    reject(error);
    body?.destroy();
    controller?.abort(error);
  };
  const cancel = () => fail(signal.reason);
  const succeed = (response: WireResponse, isCut: boolean) => {
    if (!settle()) return;
    resolve(response);
    if (!isCut) return;
    // Paused, so that the parser stops where it is.
    controller?.pause();
    controller?.abort(new Error("no more of the body is read"));
  };

  signal.addEventListener("abort", cancel, { once: true });
  client.dispatch(
    {
      method: request.method,
      path: request.url.path + request.url.query,
      headers: request.headers.flat(),
      body: request.body ?? null,
    },
    {
      onRequestStart(started) {
        controller = started;
        if (isSettled) started.abort(new Error("cancelled before it was sent"));
      },
      onResponseStart({ rawHeaders }, status) {
        if (status < 200) return;
        const { headers, isCut } = headerList(rawHeaders as Buffer[]);
        body = createBodyReader(headers, maxBodyBytes, {
          onBody: ({ bytes, truncated, undecoded }) =>
            succeed({ status, headers, body: bytes, truncated: truncated || isCut, undecoded }, truncated),
          onError: fail,
          onDrain: () => controller?.resume(),
        });
      },
      onResponseData(started, chunk) {
        if (!body?.write(chunk)) started.pause();
      },
      onResponseEnd: () => body?.end(),
      onResponseError: (_, error) => fail(error),
    },
  );
  return promise;
}

/** Raw header fields (name, value, name, …), cut to what `HeaderList` admits; a byte becomes a character. */
function headerList(raw: readonly Buffer[]): { headers: HeaderList; isCut: boolean } {
  const headers: HeaderList = [];
  let isCut = false;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]?.toString("latin1") ?? "";
    const value = raw[index + 1]?.toString("latin1") ?? "";
    const fits = headers.length < MAX_FIELDS && name.length <= MAX_NAME_LENGTH;
    if (fits) headers.push([name.toLowerCase(), value.slice(0, MAX_VALUE_LENGTH)]);
    isCut ||= !fits || value.length > MAX_VALUE_LENGTH;
  }
  return { headers, isCut };
}

/**
 * Which failure an error of the client, the socket or a decoder is. An end that comes before the message is complete
 * counts as a reset however it is reported: the parser names it by what it still expected.
 */
function wireError(error: Error, { socket }: Connection, isAnswered: boolean): FetchError {
  const code = "code" in error ? String(error.code) : "";
  const detail = code === "" ? error.message : `${error.message} (${code})`;
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return new FetchError("timed_out", detail, { cause: error });
  }
  const isReset = code === "ECONNRESET" || code === "EPIPE" || socket.readableEnded;
  if (isReset && !isAnswered) return new UnansweredError(detail, error);
  return new FetchError(isReset ? "connection_reset" : "invalid_response", detail, { cause: error });
}
