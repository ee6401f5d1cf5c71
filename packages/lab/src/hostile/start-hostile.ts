import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { HOSTILES, type Hostile, type HostileName } from "./hostile.ts";

export interface RunningHostile {
  /** Origin without a trailing slash. */
  url: string;
  /** Requests received so far. */
  requests(): number;
  stop(): Promise<void>;
}

/** Starts a hostile server on a free port of loopback. Every request to it gets the same treatment. */
export async function startHostile(name: HostileName): Promise<RunningHostile> {
  const hostile: Hostile = HOSTILES[name];
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    // Requests without a body come in one piece over loopback; the first line is all that matters.
    socket.on("data", (chunk) => {
      requests += 1;
      hostile.answer(socket, chunk.toString("latin1").split(" ", 2)[1] ?? "/");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async stop() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
