import type { HeaderList } from "./http-exchange.ts";

/** All values of a header field, in order. */
export function headerValues(headers: HeaderList, name: string): string[] {
  return headers.filter(([field]) => field === name).map(([, value]) => value);
}
