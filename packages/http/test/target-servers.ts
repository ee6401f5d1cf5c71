import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";

/** A server on a free port, with all that connected to it. */
export interface TestServer {
  port: number;
  origin: string;
  /** Every connection it ever accepted. */
  connections: Socket[];
  close(): Promise<void>;
}

const running: TestServer[] = [];

/** Call after each test: ends every server that was started. */
export async function closeServers(): Promise<void> {
  await Promise.all(running.splice(0).map((server) => server.close()));
}

export async function startServer(
  listener: RequestListener,
  host = "127.0.0.1",
  port = 0,
): Promise<TestServer> {
  return await listen(createServer(listener), "http", host, port);
}

export async function startTlsServer(options: ServerOptions, listener: RequestListener): Promise<TestServer> {
  return await listen(createTlsServer(options, listener), "https", "127.0.0.1");
}

/** Speaks whatever `onConnection` writes. What the client sends is read and, without a listener, dropped. */
export async function startRawServer(onConnection: (socket: Socket) => void): Promise<TestServer> {
  const server = createTcpServer((socket) => {
    onConnection(socket);
    socket.resume();
  });
  return await listen(server, "http", "127.0.0.1");
}

/** Must stay unvisited: its connections prove that a packet left for somewhere out of scope. */
export async function startCanary(host = "127.0.0.1", port = 0): Promise<TestServer> {
  const canary = createTcpServer((socket) =>
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ncanary"),
  );
  return await listen(canary, "http", host, port);
}

/** Answers the first request of each connection with `bytes`, then closes unless told otherwise. */
export async function startReplay(
  bytes: string | Uint8Array,
  close: "end" | "reset" | "keep" = "end",
): Promise<TestServer> {
  return await startRawServer((socket) => {
    socket.once("data", () => {
      socket.write(bytes, () => {
        if (close === "end") socket.end();
        if (close === "reset") setTimeout(() => socket.resetAndDestroy(), 20);
      });
    });
  });
}

async function listen(server: Server, scheme: string, host: string, wanted = 0): Promise<TestServer> {
  const connections: Socket[] = [];
  server.on("connection", (socket: Socket) => {
    connections.push(socket);
    socket.on("error", () => socket.destroy());
  });
  server.listen(wanted, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  const started: TestServer = {
    port,
    origin: `${scheme}://${name}:${port}`,
    connections,
    async close() {
      for (const socket of connections) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  running.push(started);
  return started;
}
