import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Doorkeeper } from "./doorkeeper.ts";

const MAX_HEADER_BYTES = 8_192;
/** For a whole request, its body unread, ms. */
const TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 256;

export interface HttpOptions {
  host: string;
  port: number;
}

export interface RunningHttp {
  port: number;
  close(): Promise<void>;
}

/**
 * Answers any method, path and host: with the token's word where there is a token, else with 404 and nothing. It reads no
 * body and repeats nothing of what it was sent.
 */
export async function startHttpListener({ host, port }: HttpOptions, door: Doorkeeper): Promise<RunningHttp> {
  function answer(request: IncomingMessage, response: ServerResponse): void {
    const from = request.socket.remoteAddress ?? "";
    if (!door.isWelcome(from)) return void request.socket.destroy();
    const { method = "", url = "", headers } = request;
    const what = `${method} ${url}`;
    const agent = headers["user-agent"] ?? "";
    const [token] = door.note(`${headers.host ?? ""} ${url}`, { channel: "http", from, what, agent });
    const body = token === undefined ? "" : door.answer(token);
    response.sendDate = false;
    response.writeHead(token === undefined ? 404 : 200, {
      "content-type": "text/plain",
      "content-length": body.length,
      connection: "close",
    });
    response.end(method === "HEAD" ? undefined : body);
    // Whatever body there is, nobody wants it.
    response.once("finish", () => request.destroy());
  }

  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS },
    answer,
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(TIMEOUT_MS);
  server.on("clientError", (_error, socket) => void socket.destroy());
  const listening = once(server, "listening");
  server.listen(port, host);
  await listening;
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
