import { type HeaderList, toError, type WebUrl } from "@picket/core";
import { type Connection, UnansweredError } from "./connection.ts";
import { FetchError } from "./fetch-error.ts";
import { readBody } from "./response-body.ts";

/** One request as it goes over the wire. */
export interface WireRequest {
  url: WebUrl;
  method: string;
  headers: HeaderList;
  body?: Uint8Array;
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
    const response = await connection.client.request({
      method: request.method,
      path: request.url.path + request.url.query,
      headers: request.headers.flat(),
      body: request.body ?? null,
      responseHeaders: "raw",
      signal,
    });
    const { headers, isCut } = headerList(response.headers as unknown as string[]);
    const { bytes, truncated, undecoded } = await readBody(response.body, headers, maxBodyBytes);
    return { status: response.statusCode, headers, body: bytes, truncated: truncated || isCut, undecoded };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FetchError) throw error;
    throw wireError(toError(error), connection, connection.socket.bytesRead > bytesRead);
  }
}

/** Raw header fields (name, value, name, …), cut to what `HeaderList` admits. */
function headerList(raw: readonly string[]): { headers: HeaderList; isCut: boolean } {
  const headers: HeaderList = [];
  let isCut = false;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
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
