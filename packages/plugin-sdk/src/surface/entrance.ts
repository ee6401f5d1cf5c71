import { parseWebUrl } from "@picket/core";
import type { SurfaceEndpoint } from "./surface-endpoint.ts";

/** Where people come in: pages that applications show to who is not logged in. */
const ENTRANCE =
  /(?:log|sign)[-_]?(?:in|on|up)\b|authenticat|regist|forgot|lost[-_]?pass|reset|recover|activat|verif|invit|\bjoin\b/i;
const LOGIN = /(?:log|sign)[-_]?(?:in|on)\b|authenticat|\bsessions?\/?$/i;
const PASSWORD = /pass(?:word|wd|phrase)?$|^pwd$|^\/?pin$/i;
const NAME = /user|login|mail|account|^\/?name$/i;

/** True for a path that sounds like a login, a registration, or a way back for a forgotten password. */
export function isEntrance(path: string): boolean {
  return ENTRANCE.test(path.slice(0, 2_048));
}

/** Takes a name with a password: who sends it becomes somebody else. */
function takesCredentials({ method, parameters }: SurfaceEndpoint): boolean {
  const names = parameters.map(({ name }) => name.slice(0, 256));
  return (
    method !== "GET" && names.some((name) => PASSWORD.test(name)) && names.some((name) => NAME.test(name))
  );
}

/** Pages that answered with content, by whom they were asked for. */
export interface Seen {
  readonly byUser: ReadonlySet<string>;
  readonly byStranger: ReadonlySet<string>;
}

/** True where an application may expect somebody who is not logged in. */
export function mayBeForStrangers(endpoint: SurfaceEndpoint): boolean {
  return isEntrance(parseWebUrl(endpoint.url).path) || takesCredentials(endpoint);
}

/** True for what only strangers were shown, and for logins: sent with the session, they would end or change it. */
export function isForStrangers(endpoint: SurfaceEndpoint, { byUser, byStranger }: Seen): boolean {
  if (!mayBeForStrangers(endpoint)) return false;
  const isLogin = takesCredentials(endpoint);
  if (isLogin && LOGIN.test(parseWebUrl(endpoint.url).path)) return true;
  const page = endpoint.method === "GET" ? endpoint.url : (endpoint.foundAt ?? endpoint.url);
  return byStranger.has(page) && (isLogin || !byUser.has(page));
}

/** The endpoint as it is for who is not logged in. */
export function forStrangers(endpoint: SurfaceEndpoint): SurfaceEndpoint {
  return { ...endpoint, identity: "anonymous" };
}
