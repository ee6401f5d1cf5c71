import { z } from "zod";
import type { HeaderList } from "./http-exchange.ts";

/** They frame a message, carry credentials, or are what plugins and the broker set to ask for something. */
const TAKEN = new Set(
  (
    "accept accept-encoding authorization connection content-encoding content-length content-type cookie cookie2 expect " +
    "forwarded host if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive origin " +
    "proxy-authenticate proxy-authorization proxy-connection range referer set-cookie te trailer transfer-encoding " +
    "upgrade user-agent via"
  ).split(" "),
);

/** What applications behind a proxy read as the request itself: method, address, user. */
const READ_AS_REQUEST = /^(?:x-forwarded-|x-original-|x-rewrite-|x-http-method|x-method-|x-real-ip|sec-)/;

/** Stands for the scan's id in a mark's value. */
const SCAN_ID = "{scan}";

/** Name of a header field (RFC 9110 §5.1), in lower case afterwards. */
export const RequestMarkName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, {
    error: "must be a header's name: 1 to 64 letters, digits and !#$%&'*+-.^_`|~",
  })
  .toLowerCase()
  .refine((name) => !TAKEN.has(name) && !READ_AS_REQUEST.test(name), {
    error: "is a header that has a meaning of its own: choose another, such as x-picket-scan",
  });

/** Value of a header field; `{scan}` stands for the scan's id. */
export const RequestMarkValue = z
  .string()
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/, {
    error: "must be 1 to 256 characters of printable ASCII, without blanks at the ends",
  })
  .refine((value) => !/\{(?!scan\})\w*\}/.test(value), { error: "knows one placeholder only: {scan}" });

/** A header that every request of a scan carries, so that its owner and whoever runs a firewall know it. */
export const RequestMark = z.strictObject({ name: RequestMarkName, value: RequestMarkValue });
export type RequestMark = z.infer<typeof RequestMark>;

/** The header as a scan sends it. */
export function markHeader({ name, value }: RequestMark, scanId: string): HeaderList[number] {
  return [name, value.replaceAll(SCAN_ID, scanId)];
}
