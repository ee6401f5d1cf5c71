import { z } from "zod";
import { setting, urlOf } from "./setting.ts";

/** Where bodies are kept: a folder, or a bucket of an S3-protocol server. Exactly one of them. */
export const STORAGE_SETTINGS = {
  STORAGE_DIR: setting(z.string().optional(), {
    description:
      "Folder for stored bodies, when they are not kept in S3. All workers and the API must see it.",
  }),
  S3_ENDPOINT: setting(urlOf("http", "https").optional(), {
    description: "S3-protocol server, such as MinIO. Without it: AWS.",
  }),
  S3_REGION: setting(z.string().default("us-east-1"), { description: "Region of the bucket." }),
  S3_BUCKET: setting(z.string().min(3).max(63).optional(), {
    description: "Bucket for stored bodies, when they are not kept in a folder.",
  }),
  S3_ACCESS_KEY_ID: setting(z.string().optional(), {
    description: "Access key. Without it: the credentials of the machine's role.",
  }),
  S3_SECRET_ACCESS_KEY: setting(z.string().optional(), {
    description: "Secret of the access key.",
    secret: true,
  }),
  S3_FORCE_PATH_STYLE: setting(z.stringbool().default(true), {
    description: "Name the bucket in the path, not in the host name, as most servers but AWS want it.",
  }),
};

export type StorageValues = z.infer<z.ZodObject<typeof STORAGE_SETTINGS>>;

export type StorageConfig =
  | { kind: "local"; dir: string }
  | {
      kind: "s3";
      endpoint: string | undefined;
      region: string;
      bucket: string;
      credentials: { accessKeyId: string; secretAccessKey: string } | undefined;
      forcePathStyle: boolean;
    };

/** What is wrong with the choice of a backend, as [variable, problem] pairs. */
export function storageProblems(values: Partial<StorageValues>): [keyof StorageValues, string][] {
  const { STORAGE_DIR, S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = values;
  const wantsS3 = [S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY].some(Boolean);
  const problems: [keyof StorageValues, string][] = [];
  if (STORAGE_DIR && wantsS3) problems.push(["STORAGE_DIR", "is set and so is S3_*: keep one of the two"]);
  if (!STORAGE_DIR && !wantsS3) problems.push(["STORAGE_DIR", "is missing, and so is S3_BUCKET: set one"]);
  if (wantsS3 && !S3_BUCKET) problems.push(["S3_BUCKET", "is missing, but other S3_* settings are there"]);
  if (S3_ACCESS_KEY_ID && !S3_SECRET_ACCESS_KEY)
    problems.push(["S3_SECRET_ACCESS_KEY", "is missing, but S3_ACCESS_KEY_ID is there"]);
  if (S3_SECRET_ACCESS_KEY && !S3_ACCESS_KEY_ID)
    problems.push(["S3_ACCESS_KEY_ID", "is missing, but S3_SECRET_ACCESS_KEY is there"]);
  return problems;
}

/** The chosen backend; the values must have no problems. */
export function storageConfig(values: StorageValues): StorageConfig {
  const { STORAGE_DIR, S3_BUCKET = "", S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = values;
  if (STORAGE_DIR) return { kind: "local", dir: STORAGE_DIR };
  return {
    kind: "s3",
    endpoint: values.S3_ENDPOINT,
    region: values.S3_REGION,
    bucket: S3_BUCKET,
    credentials:
      S3_ACCESS_KEY_ID && S3_SECRET_ACCESS_KEY
        ? { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY }
        : undefined,
    forcePathStyle: values.S3_FORCE_PATH_STYLE,
  };
}
