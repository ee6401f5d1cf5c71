import type { HitStore } from "@picket/core";
import { startDnsListener } from "./dns-listener.ts";
import { createDoorkeeper } from "./doorkeeper.ts";
import { startHttpListener } from "./http-listener.ts";
import { createTokenMint } from "./token-mint.ts";

/** How often it says that it is there, and tries again to keep what it could not, ms. */
const PULSE_MS = 3_000;

export interface ListenerOptions {
  /** The mint's key. */
  key: string;
  store: HitStore;
  /** Address on which both listen. */
  host: string;
  /** 0: any free one. */
  httpPort: number;
  /** Null: no DNS. */
  dns: { port: number; zone: string; answerAddress: string | null } | null;
  /** Told when a hit is lost, or when the store does not answer. */
  onTrouble(message: string): void;
}

export interface RunningListener {
  httpPort: number;
  /** Null: no DNS. */
  dnsPort: number | null;
  stop(): Promise<void>;
}

/** Listens for callbacks over HTTP and, where a zone is given, DNS, and keeps those that carry a token of Picket's. */
export async function startCallbackListener(options: ListenerOptions): Promise<RunningListener> {
  const { key, store, host, httpPort, dns, onTrouble } = options;
  const door = createDoorkeeper({
    mint: createTokenMint(key),
    add: store.add,
    onLost: (reason) => onTrouble(`a callback was lost: ${reason}`),
  });
  const http = await startHttpListener({ host, port: httpPort }, door);
  const names = dns
    ? await startDnsListener({ host, ...dns }, door).catch(async (error: unknown) => {
        await http.close();
        throw error;
      })
    : null;
  const pulse = async () => {
    try {
      await door.flush();
      await store.announce();
    } catch (error) {
      onTrouble(`the store of callbacks is away: ${String(error)}`);
    }
  };
  await pulse();
  const timer = setInterval(() => void pulse(), PULSE_MS);
  return {
    httpPort: http.port,
    dnsPort: names?.port ?? null,
    async stop() {
      clearInterval(timer);
      await Promise.all([http.close(), names?.close()]);
      await door.flush();
    },
  };
}
