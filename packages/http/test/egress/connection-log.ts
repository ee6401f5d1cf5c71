import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

export interface ConnectionLog {
  /** `address:port` of every TCP connection that this process has begun since, whoever began it. */
  attempts: string[];
  stop(): void;
}

/** Sees attempts that lead nowhere as well: a metadata address cannot be listened at in a test. */
export function logConnections(): ConnectionLog {
  const attempts: string[] = [];
  const note = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    socket.on("connectionAttempt", (address: string, port: number) => attempts.push(`${address}:${port}`));
  };
  subscribe("net.client.socket", note);
  return { attempts, stop: () => unsubscribe("net.client.socket", note) };
}
