import { createSocket } from "node:dgram";
import { Resolver as DnsResolver } from "node:dns/promises";
import { once } from "node:events";
import type { Resolver } from "../../src/resolver.ts";

export interface Answer {
  type: "A" | "AAAA" | "CNAME";
  data: string;
}

export interface NameServer {
  /** Questions answered. */
  questions: number;
  /** Asks this server for A and AAAA, with no cache in between. */
  resolve: Resolver;
  close(): Promise<void>;
}

const TYPES = { A: 1, CNAME: 5, AAAA: 28 } as const;

/** A real name server on loopback that answers each question as it likes, with a TTL of 0. */
export async function startNameServer(
  answer: (question: { name: string; type: "A" | "AAAA"; number: number }) => Answer[],
): Promise<NameServer> {
  const socket = createSocket("udp4");
  let questions = 0;
  socket.on("message", (query, from) => {
    const end = query.indexOf(0, 12);
    const type = query.readUInt16BE(end + 1) === TYPES.AAAA ? "AAAA" : "A";
    const answers = answer({ name: nameIn(query, end), type, number: questions++ });
    socket.send(replyTo(query.subarray(0, end + 5), answers), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const resolver = new DnsResolver();
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    get questions() {
      return questions;
    },
    async resolve(host) {
      const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      const found = [four, six].flatMap((one) => (one.status === "fulfilled" ? one.value : []));
      if (found.length === 0 && four.status === "rejected") throw four.reason;
      return found;
    },
    async close() {
      resolver.cancel();
      socket.close();
      await once(socket, "close");
    },
  };
}

/** The question's name, its labels' lengths read as dots. */
function nameIn(query: Buffer, end: number): string {
  const labels: string[] = [];
  for (let at = 12; at < end; at += 1 + (query[at] ?? 0)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + (query[at] ?? 0)));
  }
  return labels.join(".");
}

/** RFC 1035 §4: the question again, then the answers, each for the name before it. */
function replyTo(question: Buffer, answers: readonly Answer[]): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(answers.length, 6);
  head.writeUInt32BE(0, 8);
  const written: Buffer[] = [head];
  let owner = pointerTo(12);
  let length = head.length;
  for (const answer of answers) {
    const record = recordOf(owner, answer);
    written.push(record);
    if (answer.type === "CNAME") owner = pointerTo(length + 12);
    length += record.length;
  }
  return Buffer.concat(written);
}

function pointerTo(offset: number): Buffer {
  const pointer = Buffer.alloc(2);
  pointer.writeUInt16BE(0xc000 | offset);
  return pointer;
}

function recordOf(owner: Buffer, { type, data }: Answer): Buffer {
  const bytes = dataOf(type, data);
  const head = Buffer.alloc(10);
  head.writeUInt16BE(TYPES[type], 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(bytes.length, 8);
  return Buffer.concat([owner, head, bytes]);
}

function dataOf(type: Answer["type"], data: string): Buffer {
  if (type === "A") return Buffer.from(data.split(".").map(Number));
  if (type === "AAAA") return Buffer.from(data.replaceAll(":", ""), "hex");
  const labels = data
    .split(".")
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
