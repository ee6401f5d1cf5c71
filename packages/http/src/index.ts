export { type Broker, type BrokerOptions, createBroker, type RequestContext } from "./broker.ts";
export type { ServerEvent } from "./event-stream.ts";
export type { FetchRecord } from "./fetch-record.ts";
export { createServiceClient, type ServiceClient } from "./service-client.ts";
