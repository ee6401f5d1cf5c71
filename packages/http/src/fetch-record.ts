import type { FetchFailure, HeaderList, Identity, StorageMode } from "@picket/core";

/** What the TLS handshake showed. A certificate that does not verify is a fact about the target, not a failure. */
export interface TlsFacts {
  /** The chain leads to a trusted root and names the host. */
  authorized: boolean;
  /** Why it is not authorized: an OpenSSL verification code such as `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  error?: string;
  /** `TLSv1.3` and the like. */
  protocol: string | null;
  /** OpenSSL name of the cipher suite. */
  cipher: string;
}

/** One request that left for the target, and what came of it: exactly one of `status` and `failure` is set. */
export interface FetchRecord {
  /** Version 7 UUID, made when the request was sent. */
  id: string;
  moduleRunId?: string;
  plugin: string;
  method: string;
  url: string;
  /** As sent, without `host`, `connection` and `content-length`, which the connection adds. */
  requestHeaders: HeaderList;
  requestBody?: Uint8Array;
  startedAt: Date;
  /** From sending the request (when no connection came about: from trying) to the end of the body, ms. */
  elapsedMs: number;
  /** Absent when no connection came about. */
  remoteAddress?: string;
  /** The version the broker speaks. */
  httpVersion: "1.1";
  tls?: TlsFacts;
  status?: number;
  responseHeaders?: HeaderList;
  /** The decoded body up to `maxBodyBytes`; of a response that is not to be stored whole, what the plugin sees. */
  body?: Uint8Array;
  /** The target sent more than is kept here, in the body or the header. */
  truncated: boolean;
  /** `body` is still in its content coding: more than one layer, or one that is unknown. */
  undecoded: boolean;
  failure?: FetchFailure;
  failureDetail?: string;
  /** Id of the fetch whose redirect led here. */
  redirectedFrom?: string;
  /** Id of the fetch of the same request that this one stands in for: it was lost with its connection, or the session was. */
  repeats?: string;
  /** Whose session the plugin asked for; absent: it did not say. */
  identity?: Identity;
  /** It carried the credentials of one of the scan's auth profiles. */
  authenticated?: boolean;
  /** Not a plugin's: it made the session or proved it. */
  role?: "login" | "probe";
  /** What the plugin asked for; absent: the scan's default. */
  storage?: StorageMode;
  /** Finding types that the plugin looks for by it; absent: all that it reports. */
  lookingFor?: readonly string[];
}
