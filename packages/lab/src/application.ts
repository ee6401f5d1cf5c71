import type { RequestListener } from "node:http";
import type { SecureContextOptions } from "node:tls";
import type { Expectation } from "./expectation.ts";

/** One application of the lab. */
export interface Application {
  description: string;
  expectation: Expectation;
  /** Given: it is spoken to by TLS, with this key and certificate. */
  secure?(): Promise<SecureContextOptions>;
  /** Values of `x-api-key` by which it knows the user of a scan and another one. Default: it has no users. */
  keys?: Readonly<Record<"primary" | "comparison", string>> | undefined;
  /** A fresh instance with its own state. */
  create(): RequestListener;
}
