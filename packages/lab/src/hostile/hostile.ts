import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";

/** A server that breaks the rules of HTTP, or uses them against its client. */
export interface Hostile {
  description: string;
  /** Answers one request. What it starts must end with the socket. */
  answer(socket: Socket, path: string): void;
}

const MIB = 1024 * 1024;
const SECOND = 1_000;

function head(fields: Record<string, string | number>, status = "200 OK"): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\ncontent-type: text/html\r\n${lines.join("")}\r\n`;
}

function page(html: string): string {
  return head({ "content-length": Buffer.byteLength(html) }) + html;
}

function redirect(location: string): string {
  return head({ location, "content-length": 0 }, "302 Found");
}

/** Writes `text` again and again until the client has gone. */
function every(ms: number, socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), ms);
  socket.on("close", () => clearInterval(timer));
}

/** Writes as fast as the client reads, without end. */
function flood(socket: Socket, chunk: Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", more);
  more();
}

/** 700 MiB of zeros in 700 members (RFC 1952 §2.2) of a kilobyte each. */
const BOMB = Buffer.concat(Array<Buffer>(700).fill(gzipSync(Buffer.alloc(MIB), { level: 9 })));
const NESTED_BOMB = gzipSync(BOMB, { level: 9 });

function encoded(coding: string, body: Buffer): Buffer {
  const fields = { "content-encoding": coding, "content-length": body.length };
  return Buffer.concat([Buffer.from(head(fields)), body]);
}

const ENDPOINTS = 100_000;
const LINKS_PER_PAGE = 1_000;

/** Page `n` links to the thousand pages after the n-thousandth. */
function listing(path: string): string {
  const number = Number(/^\/p(\d+)$/.exec(path)?.[1] ?? 0);
  const first = (number % (ENDPOINTS / LINKS_PER_PAGE)) * LINKS_PER_PAGE;
  const links = Array.from({ length: LINKS_PER_PAGE }, (_, index) => `<a href="/p${first + index}">x</a>`);
  return page(links.join("\n"));
}

export const HOSTILES = {
  "slow-header": {
    description: "A header of one byte a second",
    answer(socket) {
      socket.write("HTTP/1.1 200 OK\r\nx: ");
      every(SECOND, socket, "x");
    },
  },
  "slow-body": {
    description: "A body of one byte a second",
    answer(socket) {
      socket.write(head({ "content-length": MIB }));
      every(SECOND, socket, "x");
    },
  },
  "endless-body": {
    description: "A body without end, as fast as it is read, full of what looks like secrets",
    answer(socket) {
      socket.write(head({ "transfer-encoding": "chunked" }));
      flood(socket, Buffer.from(`ffff\r\n${"token:\n".repeat(9_363).slice(0, 0xffff)}\r\n`));
    },
  },
  "redirect-loop": {
    description: "Two places that lead to each other",
    answer: (socket, path) => void socket.write(redirect(path === "/a" ? "/b" : "/a")),
  },
  "redirect-chain": {
    description: "A thousand redirects in a row",
    answer(socket, path) {
      const hop = Number(path.slice(1)) || 0;
      socket.write(hop < 1_000 ? redirect(`/${hop + 1}`) : page("the end"));
    },
  },
  "gzip-bomb": {
    description: "700 MiB in a megabyte of gzip",
    answer: (socket) => void socket.write(encoded("gzip", BOMB)),
  },
  "nested-gzip": {
    description: "The same, packed twice",
    answer: (socket) => void socket.write(encoded("gzip, gzip", NESTED_BOMB)),
  },
  "many-codings": {
    description: "Fifty content codings",
    answer: (socket) => void socket.write(encoded(Array(50).fill("gzip").join(", "), NESTED_BOMB)),
  },
  "huge-header": {
    description: "A header field of a megabyte",
    answer: (socket) => void socket.write(head({ x: "x".repeat(MIB), "content-length": 0 })),
  },
  "no-line-end": {
    description: "A status line that goes on and on",
    answer(socket) {
      socket.write("HTTP/1.1 200 ");
      every(10, socket, "x".repeat(1_024));
    },
  },
  "two-lengths": {
    description: "Two different lengths of one body",
    answer: (socket) =>
      void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
  },
  "bad-chunk": {
    description: "A chunk whose size is no number",
    answer: (socket) => void socket.write(`${head({ "transfer-encoding": "chunked" })}zz\r\nhello\r\n`),
  },
  "early-close": {
    description: "A connection that is closed in the middle of the body",
    answer: (socket) => void socket.end(`${head({ "content-length": 1_000 })}half`),
  },
  reset: {
    description: "A connection that is reset instead of an answer",
    answer: (socket) => void socket.resetAndDestroy(),
  },
  "http-0.9": {
    description: "A body without any header",
    answer: (socket) => void socket.end("<html>hello</html>"),
  },
  "interim-flood": {
    description: "Interim responses without end and no final one",
    answer: (socket) => every(5, socket, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(20)),
  },
  "many-endpoints": {
    description: "100,000 pages, a thousand links on each",
    answer: (socket, path) => void socket.write(listing(path)),
  },
  "false-length": {
    description: "A body of 4 GB, says the header; a megabyte comes, and then nothing",
    answer: (socket) => void socket.write(head({ "content-length": 4 * 1024 * MIB }) + "x".repeat(MIB)),
  },
} as const satisfies Record<string, Hostile>;
export type HostileName = keyof typeof HOSTILES;
