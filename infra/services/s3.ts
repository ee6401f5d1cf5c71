import { mkdirSync, rmSync } from "node:fs";
import S3rver from "@20minutes/s3rver";

export type S3Service = {
  /** `http://127.0.0.1:<port>`; buckets are in the path. */
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  stop(): Promise<void>;
};

/** Starts an S3-protocol server for tests in this process, on a free port unless one is given. Signatures are checked. */
export async function startS3({ dataDir, port = 0 }: { dataDir: string; port?: number }): Promise<S3Service> {
  mkdirSync(dataDir, { recursive: true });
  const server = new S3rver({ address: "127.0.0.1", port, silent: true, directory: dataDir });
  const address = await server.run();
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    region: "us-east-1",
    // The one key pair the server knows.
    accessKeyId: "S3RVER",
    secretAccessKey: "S3RVER",
    stop: async () => {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
