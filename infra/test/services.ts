import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAppLogin, migrate } from "../database/index.ts";
import { startPostgres, startRedis, startS3 } from "../services/index.ts";

export type TestServices = {
  /** Variables through which `@picket/testing` finds the services. */
  environment: Record<string, string>;
  stop(): Promise<void>;
};

/** Starts private, throw-away services and migrates the database that the tests' databases are copies of. */
export async function startTestServices(): Promise<TestServices> {
  const [postgres, redis, s3] = await Promise.all([
    startPostgres({ dataDir: await scratchFolder("postgres"), ephemeral: true }),
    startRedis({ dataDir: await scratchFolder("redis"), ephemeral: true }),
    startS3({ dataDir: await scratchFolder("s3") }),
  ]);
  const stop = async () => {
    await Promise.all([postgres.stop(), redis.stop(), s3.stop()]);
  };
  try {
    await migrate(postgres.ownerUrl);
    const appUrl = await createAppLogin(postgres.ownerUrl);
    return {
      environment: {
        PICKET_TEST_OWNER_URL: postgres.ownerUrl,
        PICKET_TEST_APP_URL: appUrl,
        PICKET_TEST_REDIS_URL: redis.url,
        PICKET_TEST_S3_ENDPOINT: s3.endpoint,
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A new folder for data that is thrown away. */
export function scratchFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `picket-test-${name}-`));
}
