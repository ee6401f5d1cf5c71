export type {
  CallbackHits,
  CallbackPort,
  CallbackProbe,
  CallbackRefusal,
  HttpFailure,
  HttpResponse,
  HttpResult,
  PluginData,
  PluginEventInput,
  TokenHit,
} from "@picket/core";
export { headerValues } from "@picket/core";
export { bodyText, fetchText, responseText } from "./body-text.ts";
export { definePlugin, type Plugin, type PluginDefinition } from "./define-plugin.ts";
export type {
  Claim,
  ComponentInput,
  CveCandidateInput,
  EndpointInput,
  EvidenceInput,
  FetchInput,
  FindingInput,
  PackInput,
} from "./event-input.ts";
export { isCacheable } from "./is-cacheable.ts";
export { judgeEach, judgeRounds } from "./judge-each.ts";
export { focusedUrls, type KnownPage, knownPages } from "./known-pages.ts";
export { mapInOrder } from "./map-in-order.ts";
export { HTML_TYPES, isHtmlType, isScriptType, mediaType, SCRIPT_TYPES } from "./media-type.ts";
export { createMemorySession, type MemorySession, type RecordedFetch } from "./memory-session.ts";
export type { PluginCallbacks } from "./plugin-callbacks.ts";
export type {
  FocusPlace,
  GetOptions,
  HttpRequestInput,
  LogFields,
  NegativeControl,
  PluginContext,
  PluginHttp,
  PluginLog,
  ScanInfo,
} from "./plugin-context.ts";
export type { PluginTls } from "./plugin-tls.ts";
export type {
  ComponentView,
  EndpointView,
  FetchFilter,
  FetchRecord,
  FetchView,
  KnownPlace,
  Page,
  PageRequest,
  SessionPort,
  SessionReader,
} from "./session.ts";
export { createVerdicts, type Verdict } from "./verdicts.ts";
