import { isIP } from "node:net";
import { z } from "zod";
import { setting, urlOf, wholeNumber } from "./setting.ts";

const ZONE = /^(?=.{1,200}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i;

/** What listener and workers share. */
const SHARED = {
  CALLBACK_KEY: setting(z.string().min(32, { error: "must have at least 32 characters" }).optional(), {
    description:
      "Key of the HMAC that makes tokens for callbacks; the same for the callback listener and the workers.",
    secret: true,
  }),
  CALLBACK_ZONE: setting(
    z.string().regex(ZONE, { error: "must be a domain name with two labels or more" }).optional(),
    { description: "DNS zone that is delegated to the callback listener. Without it, there is HTTP only." },
  ),
};

/** Of a worker: where targets find the listener. Without them, nothing is proven out of band. */
export const CALLBACK_WORKER_SETTINGS = {
  ...SHARED,
  CALLBACK_URL: setting(urlOf("http", "https").optional(), {
    description:
      "Where targets reach the callback listener over HTTP. Without it, nothing is proven out of band.",
  }),
};

/** Of the listener itself. */
export const CALLBACK_LISTENER_SETTINGS = {
  ...SHARED,
  CALLBACK_HOST: setting(z.string().default("127.0.0.1"), {
    description: "Address on which the callback listener listens.",
  }),
  CALLBACK_PORT: setting(wholeNumber(0, 65_535).default(4_200), {
    description: "Port on which it listens for HTTP; 0: any free one.",
  }),
  CALLBACK_DNS_PORT: setting(wholeNumber(0, 65_535).default(5_300), {
    description: "Port on which it listens for DNS, UDP and TCP, where CALLBACK_ZONE is set.",
  }),
  CALLBACK_ANSWER_ADDRESS: setting(
    z
      .string()
      .refine((text) => isIP(text) > 0, { error: "must be an IP address" })
      .optional(),
    { description: "Address that names in the zone resolve to: that of the HTTP listener." },
  ),
};

interface CallbackValues {
  CALLBACK_KEY?: string | undefined;
  CALLBACK_URL?: string | undefined;
  CALLBACK_ZONE?: string | undefined;
}

/** What is wrong with a worker's settings together, by variable. */
export function callbackProblems({ CALLBACK_KEY, CALLBACK_URL, CALLBACK_ZONE }: CallbackValues) {
  const problems: [variable: string, problem: string][] = [];
  if (CALLBACK_URL && !CALLBACK_KEY) problems.push(["CALLBACK_KEY", "is missing, but CALLBACK_URL is there"]);
  if (CALLBACK_ZONE && !CALLBACK_URL)
    problems.push(["CALLBACK_URL", "is missing, but CALLBACK_ZONE is there"]);
  return problems;
}
