export { type AuthSession, createAuthSession } from "./auth/session.ts";
export {
  type Broker,
  type BrokerOptions,
  createBroker,
  type RecalledAnswer,
  type RecalledRequest,
  type RequestContext,
} from "./broker.ts";
export {
  createEgressClient,
  type EgressClient,
  type EgressOptions,
  type EgressRequest,
  type EgressResponse,
} from "./egress-client.ts";
export type { ServerEvent } from "./event-stream.ts";
export type { FetchRecord } from "./fetch-record.ts";
export { createServiceClient, type ServiceClient } from "./service-client.ts";
