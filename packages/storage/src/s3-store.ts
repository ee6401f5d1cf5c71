import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { AppError } from "@picket/core";
import {
  type BodyPage,
  type BodyStore,
  checkedBytes,
  checkedPath,
  notFound,
  PAGE_SIZE,
  storedBody,
} from "./body-store.ts";

export interface S3StoreOptions {
  /** Absent: AWS. */
  endpoint?: string | undefined;
  region: string;
  bucket: string;
  /** Absent: the credentials of the machine's role. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
  forcePathStyle: boolean;
  /** Whether `check` may create the bucket when it is missing. Default: yes on a server of one's own, no on AWS. */
  createBucket?: boolean;
  /** One try, ms. Default 10_000. */
  requestTimeoutMs?: number;
  /** Tries of one call, the first included; the pause between them doubles. Default 3. */
  attempts?: number;
}

/** Bodies as objects in one bucket of an S3-protocol server. */
export function createS3Store(options: S3StoreOptions): BodyStore {
  const { bucket: Bucket } = options;
  const client = createClient(options);

  /** Whatever the server says, other than that the thing is not there, means that the store cannot be used. */
  async function call<Value, Missing>(
    action: Promise<Value>,
    missing: (cause: unknown) => Missing,
  ): Promise<Value | Missing> {
    try {
      return await action;
    } catch (error) {
      if (isNotFound(error)) return missing(error);
      throw unavailable(options, error);
    }
  }
  const withoutBucket = (cause: unknown): never => {
    throw unavailable(options, cause);
  };
  const head = (path: string) =>
    call(client.send(new HeadObjectCommand({ Bucket, Key: checkedPath(path) })), () => null);

  return {
    async put(bytes) {
      const body = storedBody(bytes);
      const ChecksumSHA256 = Buffer.from(body.sha256, "hex").toString("base64");
      const ContentType = "application/octet-stream";
      const command = new PutObjectCommand({
        Bucket,
        Key: body.path,
        Body: bytes,
        ChecksumSHA256,
        ContentType,
      });
      await call(client.send(command), withoutBucket);
      return body;
    },
    async get(path) {
      const Key = checkedPath(path);
      const read = async () => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        return Body ? Body.transformToByteArray() : new Uint8Array();
      };
      const bytes = await call(read(), (cause): never => {
        throw notFound(path, cause);
      });
      return checkedBytes(path, bytes);
    },
    async has(path) {
      return (await head(path)) !== null;
    },
    async delete(path, unlessPutSince) {
      if (unlessPutSince) {
        const modified = (await head(path))?.LastModified;
        if (modified && modified >= unlessPutSince) return false;
      }
      await call(client.send(new DeleteObjectCommand({ Bucket, Key: checkedPath(path) })), () => null);
      return true;
    },
    async list(prefix, cursor) {
      const command = new ListObjectsV2Command({
        Bucket,
        Prefix: prefix.startsWith("sha256/") ? prefix : "sha256/",
        MaxKeys: PAGE_SIZE,
        ...(cursor ? { StartAfter: cursor } : {}),
      });
      return bodyPage(await call(client.send(command), withoutBucket));
    },
    async check() {
      const createBucket = options.createBucket ?? options.endpoint !== undefined;
      const found = await call(client.send(new HeadBucketCommand({ Bucket })), (cause) =>
        createBucket ? null : withoutBucket(cause),
      );
      if (found === null) await createOnce(client, options);
    },
    close: () => client.destroy(),
  };
}

function createClient(options: S3StoreOptions): S3Client {
  const { endpoint, region, credentials, forcePathStyle, requestTimeoutMs = 10_000, attempts = 3 } = options;
  return new S3Client({
    region,
    forcePathStyle,
    maxAttempts: attempts,
    ...(endpoint ? { endpoint } : {}),
    ...(credentials ? { credentials } : {}),
    requestHandler: {
      connectionTimeout: Math.min(2_000, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      socketTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
    // Older servers know no streamed checksums; bodies are checked against their path when read.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}

function bodyPage({ Contents = [], IsTruncated }: ListObjectsV2CommandOutput): BodyPage {
  const bodies = Contents.map(({ Key = "", Size = 0, LastModified = new Date(0) }) => ({
    path: Key,
    size: Size,
    modifiedAt: LastModified,
  }));
  return { bodies, cursor: IsTruncated ? (bodies.at(-1)?.path ?? null) : null };
}

/** Another process may create it at the same moment; then it is there, which is what was wanted. */
async function createOnce(client: S3Client, options: S3StoreOptions): Promise<void> {
  try {
    await client.send(new CreateBucketCommand({ Bucket: options.bucket }));
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === "BucketAlreadyOwnedByYou") return;
    throw unavailable(options, error);
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;
}

function unavailable({ endpoint = "AWS", bucket }: S3StoreOptions, cause: unknown): AppError {
  return new AppError("STORAGE_UNAVAILABLE", `the bucket ${bucket} at ${endpoint} cannot be used`, {
    hint: "Check that the server is up, and S3_ENDPOINT, S3_BUCKET and the access key with its rights.",
    cause,
  });
}
