import type { RequestListener } from "node:http";
import type { SecureContextOptions } from "node:tls";
import type { Expectation } from "./expectation.ts";

/** One application of the lab. */
export interface Application {
  description: string;
  expectation: Expectation;
  /** Given: it is spoken to by TLS, with this key and certificate. */
  secure?(): Promise<SecureContextOptions>;
  /** A fresh instance with its own state. */
  create(): RequestListener;
}
