import { HttpRequest, type HttpResult, parseWebUrl, type RequestBudget, type ScopeRule } from "@picket/core";
import {
  type Broker,
  type BrokerOptions,
  createBroker,
  type FetchRecord,
  type RequestContext,
} from "../src/index.ts";

export interface TestBroker {
  broker: Broker;
  /** What `onFetch` got, in order. */
  records: FetchRecord[];
  /** Permits taken, and those not given back. */
  permits: { taken: number; held: number };
  send(request: string | Partial<HttpRequest>, context?: Partial<RequestContext>): Promise<HttpResult>;
}

const brokers: Broker[] = [];

/** Call after each test. */
export function closeBrokers(): void {
  for (const broker of brokers.splice(0)) broker.close();
}

/** A broker for one base URL; by default scope opens exactly its host and port. */
export function testBroker(
  base: string,
  options: Partial<BrokerOptions> & { rules?: ScopeRule[] } = {},
): TestBroker {
  const url = parseWebUrl(base);
  const rules = options.rules ?? [{ pattern: url.host, ports: [String(url.port)] }];
  const records: FetchRecord[] = [];
  const permits = { taken: 0, held: 0 };
  const broker = createBroker({
    scope: { base: url, rules, platform: [] },
    budget: countingBudget(permits),
    onFetch: (record) => void records.push(record),
    ...options,
  });
  brokers.push(broker);
  const context: RequestContext = {
    plugin: "test",
    capabilities: ["http:intrusive"],
    signal: new AbortController().signal,
  };
  return {
    broker,
    records,
    permits,
    send: (request, more) =>
      broker.request(HttpRequest.parse(typeof request === "string" ? { url: request } : request), {
        ...context,
        ...more,
      }),
  };
}

function countingBudget(permits: { taken: number; held: number }): RequestBudget {
  return {
    async acquire(signal) {
      if (signal.aborted) return "cancelled";
      permits.taken += 1;
      permits.held += 1;
      return {
        async release() {
          permits.held -= 1;
        },
      };
    },
  };
}

/** The decoded body of a response as text; fails loudly when there is none. */
export function textOf(result: HttpResult): string {
  if (!result.ok) throw new Error(`no response: ${result.reason}, ${result.detail}`);
  return new TextDecoder().decode(result.body);
}

/** The reason of a failure, or the status of a response. */
export function outcomeOf(result: HttpResult): string {
  return result.ok ? String(result.status) : (result.refusal ?? result.reason);
}
