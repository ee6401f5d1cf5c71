import { networkInterfaces } from "node:os";
import { describe, expect, it } from "@jest/globals";
import { platformEndpoints, resolveEndpoints } from "./platform-endpoints.ts";

const CONFIG = {
  databaseUrl: "postgres://app@10.0.0.5/picket",
  redisUrl: "rediss://[fd00::7]:6380",
  storage: {
    kind: "s3",
    endpoint: "http://127.0.0.1:9000",
    region: "r",
    bucket: "b",
    credentials: undefined,
    forcePathStyle: true,
  },
  host: "0.0.0.0",
  port: 4000,
  publicUrl: "https://picket.test",
  callbackUrl: "http://oob.test:8080",
} as const;

describe("platformEndpoints", () => {
  it("names database, Redis, API, callback listener and body store with their ports, the default ones included", () => {
    expect(platformEndpoints(CONFIG)).toEqual([
      { host: "10.0.0.5", port: 5432 },
      { host: "fd00::7", port: 6380 },
      { host: "picket.test", port: 443 },
      { host: "oob.test", port: 8080 },
      { host: "127.0.0.1", port: 9000 },
      { host: "0.0.0.0", port: 4000 },
    ]);
  });

  it("has none for a local body store and a database on a Unix socket", () => {
    const endpoints = platformEndpoints({
      ...CONFIG,
      databaseUrl: "postgresql:///picket?host=/run/postgresql",
      storage: { kind: "local", dir: "/x" },
      publicUrl: undefined,
      callbackUrl: undefined,
    });
    expect(endpoints.map(({ port }) => port)).toEqual([6380, 4000]);
  });
});

describe("resolveEndpoints", () => {
  it("keeps addresses, resolves names, and puts what is on this machine at all its addresses", async () => {
    const resolved = await resolveEndpoints([
      { host: "10.0.0.5", port: 1 },
      { host: "localhost", port: 2 },
      { host: "0.0.0.0", port: 3 },
    ]);
    expect(resolved).toContainEqual({ host: "10.0.0.5", port: 1 });
    expect(resolved).toContainEqual({ host: "127.0.0.1", port: 2 });
    const own = Object.values(networkInterfaces()).flatMap((infos) => infos ?? []);
    const addresses = new Set(own.map(({ address }) => address));
    for (const address of addresses) {
      expect(resolved).toContainEqual({ host: address, port: 2 });
      expect(resolved).toContainEqual({ host: address, port: 3 });
    }
    expect(resolved.filter(({ port }) => port === 1)).toHaveLength(1);
  });
});
