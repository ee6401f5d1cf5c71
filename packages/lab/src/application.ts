import type { RequestListener } from "node:http";
import type { Expectation } from "./expectation.ts";

/** One application of the lab. */
export interface Application {
  description: string;
  expectation: Expectation;
  /** A fresh instance with its own state. */
  create(): RequestListener;
}
