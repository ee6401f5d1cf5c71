import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * What the proxy does with connections: `pass` them on; `reset` them; `stall`, take them and what they send, and answer
 * nothing; `refuse`, answer HTTP 503; `cut`, pass on and end after `CUT_BYTES` in either direction.
 */
export type Fault = "pass" | "reset" | "stall" | "refuse" | "cut";

export interface FaultProxy {
  port: number;
  /** For connections from now on; those that are open are ended. */
  set(fault: Fault): void;
  close(): Promise<void>;
}

/** Less than the header of any request or response with a body. */
const CUT_BYTES = 200;
const REFUSAL = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/** A TCP proxy on a free port before a server on this machine. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  let fault: Fault = "pass";
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => open.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (fault === "reset") client.resetAndDestroy();
    else if (fault === "refuse") client.once("data", () => client.end(REFUSAL));
    else if (fault === "stall") client.resume();
    else join(client, fault === "cut" ? CUT_BYTES : Number.POSITIVE_INFINITY);
  });

  function join(client: Socket, limit: number): void {
    const upstream = connect(targetPort, "127.0.0.1");
    keep(upstream);
    pipe(client, upstream, limit);
    pipe(upstream, client, limit);
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      fault = next;
      for (const socket of open) socket.destroy();
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Ends both sides after `limit` bytes. */
function pipe(from: Socket, to: Socket, limit: number): void {
  let left = limit;
  from.on("data", (bytes: Buffer) => {
    to.write(bytes.subarray(0, left));
    left -= bytes.length;
    if (left > 0) return;
    from.destroy();
    to.end();
  });
  from.on("close", () => to.end());
}
