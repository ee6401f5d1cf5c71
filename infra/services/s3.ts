import { mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

export type S3Service = {
  /** `http://127.0.0.1:<port>`; buckets are in the path. */
  endpoint: string;
  /** Ends the server and deletes `dataDir`. */
  stop(): Promise<void>;
};

/** The part used here of a package that has no types. */
type S3rver = { run(): Promise<AddressInfo>; close(): Promise<void> };
type S3rverClass = new (options: {
  address: string;
  port: number;
  silent: boolean;
  directory: string;
  allowMismatchedSignatures: boolean;
}) => S3rver;

/** Starts an S3-protocol server for tests in this process, on a free port unless one is given. */
export async function startS3(options: { dataDir: string; port?: number }): Promise<S3Service> {
  const { dataDir, port = 0 } = options;
  const S3rver: S3rverClass = createRequire(import.meta.url)("@20minutes/s3rver");
  mkdirSync(dataDir, { recursive: true });
  const server = new S3rver({
    address: "127.0.0.1",
    port,
    silent: true,
    directory: dataDir,
    // The SDK signs a bucket's path with a slash at its end, this server reckons without it.
    allowMismatchedSignatures: true,
  });
  const address = await server.run();
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
