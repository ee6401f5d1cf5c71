import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { CallbackHit, CallbackPort, CallbackProbe } from "@picket/core";
import { createCallbackDesk, type RunningListener, startCallbackListener } from "../src/index.ts";
import { createMemoryHitStore } from "../src/memory-hit-store.ts";

const KEY = "k".repeat(32);
const ZONE = "oob.test";
const store = createMemoryHitStore();
const troubles: string[] = [];
let listener: RunningListener;
let isAway = false;
let written: [string, CallbackHit][];

/** The store of the listener and of the workers, that a test can take away. */
const STORE: typeof store = {
  ...store,
  async add(token, hit) {
    if (isAway) throw new Error("away");
    written.push([token, hit]);
    return store.add(token, hit);
  },
  async isListening() {
    if (isAway) throw new Error("away");
    return true;
  },
};

beforeEach(async () => {
  [isAway, written] = [false, []];
  troubles.splice(0);
  listener = await startCallbackListener({
    ...{ key: KEY, store: STORE, host: "127.0.0.1", httpPort: 0 },
    dns: { port: 0, zone: ZONE, answerAddress: "127.0.0.1" },
    onTrouble: (message) => troubles.push(message),
  });
});
afterEach(() => listener.stop());

function deskOf(run: string): CallbackPort {
  const url = `http://127.0.0.1:${listener.httpPort}`;
  return createCallbackDesk({ key: KEY, store: STORE, url, zone: ZONE }).forRun(run, ["callback:use"]);
}

async function probeOf(port: CallbackPort): Promise<CallbackProbe> {
  const probe = await port.probe();
  if (!probe.ok) throw new Error(probe.detail);
  return probe;
}

function resolver(): Resolver {
  const own = new Resolver();
  own.setServers([`127.0.0.1:${listener.dnsPort}`]);
  return own;
}

async function send(path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const asked = request({ host: "127.0.0.1", port: listener.httpPort, path, ...options });
  asked.end(options.method === "POST" ? "a body" : undefined);
  const [response] = await once(asked, "response");
  const body = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, headers: response.headers, body };
}

describe("a callback over HTTP", () => {
  it("is known by its token in any path, query or host, whatever the method, and answered with its word", async () => {
    const run = deskOf("run");
    for (const ask of [
      ({ token }: CallbackProbe) => send(`/${token}`, { headers: { "user-agent": "curl/8.0\u00e9" } }),
      ({ token }: CallbackProbe) => send(`/a/b.xml?c=${token.toUpperCase()}`, { method: "POST" }),
      ({ token }: CallbackProbe) => send("/", { headers: { host: `${token}.oob.test` } }),
    ]) {
      const probe = await probeOf(run);
      expect(await ask(probe)).toMatchObject({ status: 200, body: probe.answer });
      const found = await run.hits([probe.token], 1_000);
      expect(found).toMatchObject({
        ok: true,
        hits: [{ token: probe.token, channel: "http", from: "127.0.0.1" }],
      });
    }
    expect(written[0]?.[1]).toMatchObject({ what: `GET /${written[0]?.[0]}`, agent: "curl/8.0?" });
    expect((await send(`/${written[0]?.[0]}`, { method: "HEAD" })).body).toBe("");
  });

  it("of a stranger leaves nothing behind and is told nothing", async () => {
    const { token } = await probeOf(deskOf("run"));
    for (const path of [
      "/",
      "/robots.txt",
      `/${token.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))}`,
    ]) {
      const { status, headers, body } = await send(path, { method: "POST" });
      expect({ status, body, names: Object.keys(headers).sort() }).toEqual({
        status: 404,
        body: "",
        names: ["connection", "content-length", "content-type"],
      });
    }
    expect(written).toEqual([]);
  });

  it("is limited for each address in a second", async () => {
    const sent = Array.from({ length: 120 }, () =>
      send("/").then(
        () => 1,
        () => 0,
      ),
    );
    const answered = (await Promise.all(sent)).filter(Boolean).length;
    expect(answered).toBeGreaterThanOrEqual(50);
    expect(answered).toBeLessThanOrEqual(100);
  });
});

describe("a callback over DNS", () => {
  it("is known by its token in any label, over UDP, for every type", async () => {
    const run = deskOf("run");
    const { token, dnsName } = await probeOf(run);
    expect(await resolver().resolve4(`42.${dnsName?.toUpperCase()}`)).toEqual(["127.0.0.1"]);
    await expect(resolver().resolveTxt(dnsName ?? "")).rejects.toMatchObject({ code: "ENODATA" });
    const found = await run.hits([token], 1_000);
    expect(found.ok && found.hits.map(({ what }) => what)).toEqual([`A 42.${dnsName}`, `TXT ${dnsName}`]);
  });

  it("is answered over TCP, one question in a connection", async () => {
    const run = deskOf("run");
    const { token, dnsName } = await probeOf(run);
    const labels = (dnsName ?? "")
      .split(".")
      .map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
    const head = Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const question = Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
    const socket = connect(listener.dnsPort ?? 0, "127.0.0.1");
    socket.write(Buffer.from([0, question.length]));
    socket.write(question);
    const reply = Buffer.concat(await socket.toArray());
    expect(reply.readUInt16BE(0)).toBe(question.length + 16);
    expect(await run.hits([token], 1_000)).toMatchObject({ hits: [{ channel: "dns" }] });
  });

  it("of a stranger is told that there is no such name, and for other zones that nobody here answers", async () => {
    await expect(resolver().resolve4(`${"0".repeat(40)}.oob.test`)).rejects.toMatchObject({
      code: "ENOTFOUND",
    });
    await expect(resolver().resolve4("picket.example")).rejects.toMatchObject({ code: "EREFUSED" });
    await expect(resolver().resolve4(ZONE)).rejects.toMatchObject({ code: "ENODATA" });
    const udp = createSocket("udp4");
    udp.send("no question", listener.dnsPort ?? 0, "127.0.0.1");
    const answered = await Promise.race([
      once(udp, "message").then(() => true),
      new Promise((resolve) => setTimeout(resolve, 150, false)),
    ]);
    udp.close();
    expect([answered, written]).toEqual([false, []]);
  });
});

describe("hits", () => {
  it("are told to the run that the token belongs to, and to no other", async () => {
    const { token, httpUrl } = await probeOf(deskOf("run-1"));
    await fetch(httpUrl);
    expect(await deskOf("run-2").hits([token], 0)).toMatchObject({ ok: false, reason: "refused" });
    expect(await deskOf("run-1").hits([token], 1_000)).toMatchObject({ ok: true, hits: [{ token }] });
    const locked = createCallbackDesk({ key: KEY, store, url: "http://x", zone: null }).forRun("run-1", [
      "http:active",
    ]);
    expect(await locked.probe()).toMatchObject({ ok: false, reason: "refused" });
  });

  it("of a token that was never sent are none, and ten at most of one that came often", async () => {
    const run = deskOf("run");
    const [often, never] = [await probeOf(run), await probeOf(run)];
    for (let count = 0; count < 12; count += 1) await fetch(often.httpUrl);
    const found = await run.hits([often.token, never.token], 0);
    expect(found.ok && found.hits.map(({ token }) => token)).toEqual(Array(10).fill(often.token));
  });

  it("are waited for, and no longer than asked", async () => {
    const run = deskOf("run");
    const probe = await probeOf(run);
    setTimeout(() => void fetch(probe.httpUrl), 300);
    expect(await run.hits([probe.token], 10_000)).toMatchObject({ ok: true, hits: [{}] });
    const [silent, startedAt] = [await probeOf(run), performance.now()];
    expect(await run.hits([silent.token], 300)).toEqual({ ok: true, hits: [] });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it("are not lost while the store is away for a while, and whoever asks is told so", async () => {
    const run = deskOf("run");
    const probe = await probeOf(run);
    isAway = true;
    expect((await send(`/${probe.token}`)).body).toBe(probe.answer);
    expect(await run.hits([probe.token], 0)).toMatchObject({ ok: false, reason: "unavailable" });
    expect(await run.probe()).toMatchObject({ ok: false, reason: "unavailable" });
    isAway = false;
    expect(await run.hits([probe.token], 10_000)).toMatchObject({ ok: true, hits: [{ token: probe.token }] });
  });

  it("are asked for under a name of their own where the zone is the listener's host", async () => {
    const terms = { key: KEY, store: STORE, url: "http://oob.test:8080/cb", zone: "OOB.test" };
    const { token, httpUrl } = await probeOf(createCallbackDesk(terms).forRun("run", ["callback:use"]));
    expect(httpUrl).toBe(`http://${token}.oob.test:8080/cb/${token}`);
  });

  it("are off where no listener is set up", async () => {
    const port = createCallbackDesk(null).forRun("run", ["callback:use"]);
    expect(await port.probe()).toMatchObject({ ok: false, reason: "off" });
  });
});
