import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type BodyStore, createS3Store } from "../src/index.ts";

const PATH = `sha256/00/00/${"0".repeat(64)}`;
const SECRET = "very-secret-access-key";

const releases: (() => unknown)[] = [];

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

/** A server that answers as told: one answer for each request, the last one for all that follow. */
async function startServer(...answers: RequestListener[]): Promise<{ port: number; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(`${request.method} ${request.url}`);
    request.resume().on("end", () => answer?.(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  releases.push(() => stopServer(server));
  return { port: (server.address() as AddressInfo).port, requests };
}

function stopServer(server: Server): Promise<unknown> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}

function storeAt(port: number, options: { createBucket?: boolean } = {}): BodyStore {
  const store = createS3Store({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    bucket: "bodies",
    credentials: { accessKeyId: "id", secretAccessKey: SECRET },
    forcePathStyle: true,
    requestTimeoutMs: 200,
    ...options,
  });
  releases.push(() => store.close());
  return store;
}

const ok: RequestListener = (_, response) => response.writeHead(200, { etag: '"x"' }).end();
const missing: RequestListener = (_, response) => response.writeHead(404).end();
const broken: RequestListener = (_, response) => response.writeHead(500).end();
const forbidden: RequestListener = (_, response) =>
  response
    .writeHead(403, { "content-type": "application/xml" })
    .end("<Error><Code>AccessDenied</Code></Error>");
const reset: RequestListener = (request) => request.socket.destroy();
const stall: RequestListener = () => undefined;
const cutShort: RequestListener = (request, response) => {
  response.writeHead(200, { "content-length": "10" }).write("half");
  setTimeout(() => request.socket.destroy(), 20);
};

describe("S3 body store", () => {
  it.each([
    ["an error of the server", broken],
    ["a connection that is reset", reset],
  ])("tries again after %s", async (_, fault) => {
    const { port, requests } = await startServer(fault, fault, ok);
    await expect(storeAt(port).put(new Uint8Array(3))).resolves.toMatchObject({ size: 3 });
    expect(requests).toHaveLength(3);
  });

  it.each([
    ["fails", broken, 3],
    ["never answers", stall, 3],
    ["refuses the key", forbidden, 1],
  ])("gives up with STORAGE_UNAVAILABLE when the server %s", async (_, fault, tries) => {
    const { port, requests } = await startServer(fault);
    const put = storeAt(port).put(new Uint8Array(3));
    await expect(put).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    expect(requests).toHaveLength(tries);
  });

  it("gives no bytes of an answer that breaks off, or that are not those of the hash", async () => {
    const { port } = await startServer(cutShort, (_, response) => response.writeHead(200).end("other bytes"));
    const store = storeAt(port);
    await expect(store.get(PATH)).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    await expect(store.get(PATH)).rejects.toMatchObject({ code: "INTERNAL" });
  });

  it("names bucket and server, but no key, when nobody listens there", async () => {
    const { port } = await startServer(ok);
    await releases.pop()?.();
    const error = await storeAt(port)
      .check()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "STORAGE_UNAVAILABLE", message: expect.stringContaining("bodies") });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
  });

  it("creates a bucket that is missing where that is allowed", async () => {
    const { port, requests } = await startServer(missing, ok);
    await storeAt(port).check();
    expect(requests).toEqual(["HEAD /bodies/", "PUT /bodies/"]);
  });

  it("creates no bucket where that is not allowed", async () => {
    const { port, requests } = await startServer(missing);
    const check = storeAt(port, { createBucket: false }).check();
    await expect(check).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    expect(requests).toEqual(["HEAD /bodies/"]);
  });
});
