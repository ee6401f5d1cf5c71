import { randomBytes } from "node:crypto";
import { testService } from "./environment.ts";

export type TestBucket = {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  bucket: string;
};

/** An empty bucket of its own on the test run's S3-protocol server. */
export async function createTestBucket(): Promise<TestBucket> {
  const endpoint = testService("S3_ENDPOINT");
  const bucket = `test-${randomBytes(6).toString("hex")}`;
  const response = await fetch(`${endpoint}/${bucket}`, { method: "PUT" });
  if (!response.ok) throw new Error(`the bucket was not made: ${response.status} ${await response.text()}`);
  // The one key pair the server knows.
  return { endpoint, bucket, region: "us-east-1", accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };
}
