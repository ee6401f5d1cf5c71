export {
  type Broker,
  type BrokerOptions,
  createBroker,
  DEFAULT_CAPS,
  type RequestContext,
} from "./broker.ts";
export type { BrokerCounters } from "./broker-counters.ts";
export type { ServerEvent } from "./event-stream.ts";
export type { FetchRecord, TlsFacts } from "./fetch-record.ts";
export type { BrokerCaps } from "./fetcher.ts";
export type { Resolver } from "./resolver.ts";
export {
  type CallOptions,
  createServiceClient,
  type EventOptions,
  type ServiceClient,
  type ServiceClientOptions,
} from "./service-client.ts";
