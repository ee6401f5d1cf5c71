import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { AppError, type PlatformEndpoint } from "@picket/core";
import type { WorkerConfig } from "./config.ts";

const DEFAULT_PORTS: Record<string, number> = {
  "postgres:": 5_432,
  "postgresql:": 5_432,
  "redis:": 6_379,
  "rediss:": 6_379,
  "http:": 80,
  "https:": 443,
};

type PlatformSettings = Pick<
  WorkerConfig,
  "databaseUrl" | "redisUrl" | "storage" | "host" | "port" | "publicUrl" | "callbackUrl"
>;

/**
 * Where the platform's own services are: no scan may reach them. Names stay names, see `resolveEndpoints`. A service on
 * a Unix socket is left out.
 */
export function platformEndpoints(config: PlatformSettings): PlatformEndpoint[] {
  const { databaseUrl, redisUrl, storage, publicUrl, callbackUrl } = config;
  const urls = [
    databaseUrl,
    redisUrl,
    publicUrl,
    callbackUrl,
    storage.kind === "s3" ? storage.endpoint : undefined,
  ];
  const services = urls.flatMap((url) => (url === undefined ? [] : endpointOf(url)));
  return [...services, { host: config.host, port: config.port }];
}

function endpointOf(text: string): PlatformEndpoint[] {
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
  return host === "" ? [] : [{ host, port }];
}

/**
 * The same endpoints with addresses in place of names, which is what scope compares. What is on this machine is at all
 * its addresses: a service rarely listens on one alone. Throws INVALID_CONFIG when a name has no address: scanning must
 * not start then.
 */
export async function resolveEndpoints(endpoints: readonly PlatformEndpoint[]): Promise<PlatformEndpoint[]> {
  const resolved = await Promise.all(
    endpoints.map(async ({ host, port }) =>
      (await everyAddressOf(host)).map((address) => ({ host: address, port })),
    ),
  );
  return resolved.flat();
}

async function everyAddressOf(host: string): Promise<string[]> {
  const own = ownAddresses();
  const addresses = await addressesOf(host);
  const isHere = addresses.some((address) => HERE.test(address) || own.includes(address));
  return isHere ? [...new Set([...addresses, ...own])] : addresses;
}

/** The wildcards and loopback. */
const HERE = /^(0\.0\.0\.0|::1?|127\..*)$/;

async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host)) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw new AppError("INVALID_CONFIG", `${host}, a service of the platform, has no address`, {
      hint: "Check the host names in DATABASE_URL, REDIS_URL, S3_ENDPOINT, PUBLIC_URL, CALLBACK_URL and HOST.",
      cause: error,
    });
  }
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((infos) => (infos ?? []).map(({ address }) => address));
}
