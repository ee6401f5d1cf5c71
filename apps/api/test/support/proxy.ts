import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Environment } from "./test-api.ts";

export interface Proxy {
  /** The environment with this variable's URL leading through the proxy. */
  forward(environment: Environment, variable: string): Environment;
  /** Breaks all connections and takes no more. */
  stop(): Promise<void>;
}

/** A TCP proxy, to take away a service that other tests go on using. */
export async function startProxy(): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let target = { host: "", port: 0 };
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
    }
    client.pipe(upstream).pipe(client);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    forward(environment, variable) {
      const url = new URL(environment[variable] ?? "");
      target = { host: url.hostname, port: Number(url.port) };
      url.port = String(port);
      return { ...environment, [variable]: url.href };
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
