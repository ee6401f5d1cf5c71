import { randomBytes } from "node:crypto";
import type { CallbackPort } from "@picket/core";
import { createCallbackDesk } from "./callback-desk.ts";
import { startCallbackListener } from "./listener.ts";
import { createMemoryHitStore } from "./memory-hit-store.ts";

/** A listener in this process and one run's way to it. */
export interface LoopbackCallbacks {
  port: CallbackPort;
  /** Of the DNS listener; its zone is `oob.test`. */
  dnsPort: number | null;
  stop(): Promise<void>;
}

/** For a run without a platform: the real listener on 127.0.0.1, its hits in memory. */
export async function startLoopbackCallbacks({ dns = false } = {}): Promise<LoopbackCallbacks> {
  const [key, store, host] = [randomBytes(32).toString("hex"), createMemoryHitStore(), "127.0.0.1"];
  const { httpPort, dnsPort, stop } = await startCallbackListener({
    ...{ key, store, host, httpPort: 0 },
    dns: dns ? { port: 0, zone: ZONE, answerAddress: host } : null,
    onTrouble: () => undefined,
  });
  const desk = createCallbackDesk({
    ...{ key, store, url: `http://${host}:${httpPort}` },
    zone: dns ? ZONE : null,
  });
  return { port: desk.forRun("loopback", ["callback:use"]), dnsPort, stop };
}

/** RFC 6761: nobody else has it. */
const ZONE = "oob.test";
