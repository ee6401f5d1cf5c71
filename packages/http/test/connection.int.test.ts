import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { assertPeer } from "../src/connection.ts";

const server = createServer((socket) => socket.on("error", () => undefined));

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => {
  server.close();
});

async function connected(): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

describe("the peer of a connection", () => {
  it("is the approved address, or the connection is refused", async () => {
    const socket = await connected();
    assertPeer(socket, { address: "127.0.0.1" });
    expect(() => assertPeer(socket, { address: "127.0.0.2" })).toThrow(
      expect.objectContaining({ reason: "out_of_scope", refusal: "peer_mismatch" }),
    );
    socket.destroy();
  });

  it("that broke off before it could be looked at is not reached, not out of scope", async () => {
    const socket = await connected();
    socket.destroy();
    expect(() => assertPeer(socket, { address: "127.0.0.1" })).toThrow(
      expect.objectContaining({ reason: "connect_error" }),
    );
  });
});
