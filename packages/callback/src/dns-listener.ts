import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from "node:net";
import { NAME_ERROR, NO_ERROR, REFUSED, readQuestion, typeName, writeAnswer } from "./dns-message.ts";
import type { Doorkeeper } from "./doorkeeper.ts";

/** Longest question that is read, bytes: RFC 1035's for UDP. */
const MAX_QUESTION = 512;
const TCP_TIMEOUT_MS = 3_000;
const MAX_CONNECTIONS = 64;

export interface DnsOptions {
  host: string;
  port: number;
  /** The names that are answered end in it. */
  zone: string;
  /** What a name with a token resolves to: where the HTTP listener is. Null: names are noted and have no address. */
  answerAddress: string | null;
}

export interface RunningDns {
  port: number;
  close(): Promise<void>;
}

/** Answers questions for one zone over UDP and TCP, and for no other: nobody's resolver, nobody's amplifier. */
export async function startDnsListener(
  { host, port, zone, answerAddress }: DnsOptions,
  door: Doorkeeper,
): Promise<RunningDns> {
  const lowerZone = zone.toLowerCase();

  /** Null: not worth an answer. */
  function answer(message: Buffer, from: string): Buffer | null {
    const question = message.length <= MAX_QUESTION ? readQuestion(message) : null;
    if (!question || !door.isWelcome(from)) return null;
    const { name, type } = question;
    if (name === lowerZone) return writeAnswer(question, NO_ERROR, null);
    if (!name.endsWith(`.${lowerZone}`)) return writeAnswer(question, REFUSED, null);
    const [token] = door.note(name, { channel: "dns", from, what: `${typeName(type)} ${name}`, agent: "" });
    return writeAnswer(question, token === undefined ? NAME_ERROR : NO_ERROR, answerAddress);
  }

  const udp = createSocket(isIPv6(host) ? "udp6" : "udp4");
  udp.on("message", (message, { address, port: sourcePort }) => {
    const reply = answer(message, address);
    if (reply) udp.send(reply, sourcePort, address, () => undefined);
  });
  const tcp = createServer((socket) => answerOnce(socket, answer));
  tcp.maxConnections = MAX_CONNECTIONS;
  await listening(tcp, () => tcp.listen(port, host));
  const bound = (tcp.address() as AddressInfo).port;
  await bindUdp(udp, bound, host).catch(async (error: unknown) => {
    tcp.close();
    throw error;
  });
  return {
    port: bound,
    async close() {
      udp.close();
      tcp.close();
      await Promise.all([once(udp, "close"), once(tcp, "close")]);
    },
  };
}

async function listening(server: Server, start: () => void): Promise<void> {
  const listening = once(server, "listening");
  start();
  await listening;
}

async function bindUdp(udp: UdpSocket, port: number, host: string): Promise<void> {
  const listening = once(udp, "listening");
  udp.bind(port, host);
  await listening;
  // What a send or a closed peer reports later concerns one answer.
  udp.on("error", () => undefined);
}

/** One question in a connection, its length before it (RFC 1035 §4.2.2). */
function answerOnce(socket: Socket, answer: (message: Buffer, from: string) => Buffer | null): void {
  let received = Buffer.alloc(0);
  socket.setTimeout(TCP_TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const length = received.length < 2 ? 0 : received.readUInt16BE(0);
    if (length > MAX_QUESTION) return void socket.destroy();
    if (received.length < 2 || received.length < 2 + length) return;
    const reply = answer(received.subarray(2, 2 + length), socket.remoteAddress ?? "");
    if (!reply) return void socket.destroy();
    const size = Buffer.alloc(2);
    size.writeUInt16BE(reply.length);
    socket.end(Buffer.concat([size, reply]));
    socket.removeAllListeners("data").resume();
  });
}
