import type { HeaderList } from "./http-exchange.ts";

/** All values of a header field, in order. */
export function headerValues(headers: HeaderList, name: string): string[] {
  return headers.filter(([field]) => field === name).map(([, value]) => value);
}

/** Names and values of the cookies that a response sets, without their attributes. */
export function cookiesSet(headers: HeaderList): [name: string, value: string][] {
  return headerValues(headers, "set-cookie").flatMap((line): [string, string][] => {
    const [, name, value = ""] = /^\s*([^=;\s]{1,256})=([^;]{0,4096})/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value]];
  });
}
