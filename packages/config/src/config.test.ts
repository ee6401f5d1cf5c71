import { describe, expect, it } from "@jest/globals";
import { AppError } from "@picket/core";
import { SETTINGS } from "./config.ts";
import { configSecrets } from "./config-secrets.ts";
import { loadApiConfig, loadCallbackConfig, loadCliConfig, loadWorkerConfig } from "./load.ts";
import { aboutSetting } from "./setting.ts";
import { settingsTable } from "./settings-table.ts";

const SERVICES = {
  DATABASE_URL: "postgres://app:pg-pass@db.test:5433/picket",
  REDIS_URL: "redis://:redis-pass@redis.test:6380",
  STORAGE_DIR: "/var/lib/picket",
};
const PEPPER = "p".repeat(32);

function problemsOf(load: () => unknown): { variable: string; problem: string }[] {
  try {
    load();
  } catch (error) {
    if (error instanceof AppError && error.code === "INVALID_CONFIG") {
      return error.details?.problems as { variable: string; problem: string }[];
    }
    throw error;
  }
  return [];
}

describe("loadApiConfig", () => {
  it("feeds each variable to the key of the same meaning", () => {
    const config = loadApiConfig({
      ...SERVICES,
      DATABASE_POOL_MAX: "11",
      QUEUE_PREFIX: "{test}",
      LOG_LEVEL: "debug",
      LOG_FORMAT: "pretty",
      HOST: "127.0.0.2",
      PORT: "4001",
      PUBLIC_URL: "https://picket.test",
      TOKEN_PEPPER: PEPPER,
      RATE_LIMIT_PER_MINUTE: "61",
      BODY_LIMIT_BYTES: "2048",
      SHUTDOWN_GRACE_MS: "501",
      SECRET_KEYS: `new:${"ab".repeat(32)}`,
    });
    expect(config).toEqual({
      databaseUrl: SERVICES.DATABASE_URL,
      secretKeys: [{ id: "new", key: Buffer.alloc(32, 0xab) }],
      databasePoolMax: 11,
      redisUrl: SERVICES.REDIS_URL,
      queuePrefix: "{test}",
      storage: { kind: "local", dir: SERVICES.STORAGE_DIR },
      logLevel: "debug",
      logFormat: "pretty",
      host: "127.0.0.2",
      port: 4001,
      publicUrl: "https://picket.test",
      tokenPepper: PEPPER,
      rateLimitPerMinute: 61,
      bodyLimitBytes: 2048,
      shutdownGraceMs: 501,
    });
  });

  it("reports every problem at once, the choice of storage included, and shows no value", () => {
    const load = () =>
      loadApiConfig({ PORT: "70000", DATABASE_URL: "mysql://u:hunter2@db", TOKEN_PEPPER: "short" });
    expect(problemsOf(load)).toEqual([
      expect.objectContaining({ variable: "DATABASE_URL", problem: expect.stringContaining("postgres://") }),
      expect.objectContaining({ variable: "REDIS_URL", problem: "is missing" }),
      expect.objectContaining({ variable: "PORT", problem: "must be a whole number from 0 to 65535" }),
      expect.objectContaining({ variable: "TOKEN_PEPPER", problem: "must have at least 32 characters" }),
      expect.objectContaining({ variable: "STORAGE_DIR", problem: expect.stringContaining("S3_BUCKET") }),
    ]);
    expect(load).toThrow(/DATABASE_URL.*PORT.*STORAGE_DIR/s);
    expect(load).not.toThrow(/hunter2|short/);
  });

  it("takes a variable set to nothing for one that is not set", () => {
    const config = loadApiConfig({ ...SERVICES, TOKEN_PEPPER: PEPPER, PORT: "", S3_ENDPOINT: "" });
    expect(config.port).toBe(4000);
    expect(config.storage.kind).toBe("local");
  });

  it.each(["1e3", "0x10", "-1", "4000 ", "4000.5", "99999999999999999999"])("refuses PORT=%s", (PORT) => {
    expect(problemsOf(() => loadApiConfig({ ...SERVICES, TOKEN_PEPPER: PEPPER, PORT }))).toHaveLength(1);
  });
});

describe("loadWorkerConfig", () => {
  it("feeds each variable to the key of the same meaning", () => {
    const config = loadWorkerConfig({
      DATABASE_URL: SERVICES.DATABASE_URL,
      REDIS_URL: SERVICES.REDIS_URL,
      S3_ENDPOINT: "http://127.0.0.1:9000",
      S3_REGION: "eu-west-1",
      S3_BUCKET: "bodies",
      S3_ACCESS_KEY_ID: "key-id",
      S3_SECRET_ACCESS_KEY: "key-secret",
      S3_FORCE_PATH_STYLE: "false",
      WORKER_CONCURRENCY: "7",
      PLUGIN_DIRS: "/a:/b",
      PLUGIN_CACHE_DIR: "/cache",
      ISOLATION_MINIMUM: "permission",
      LEASE_MS: "10001",
      BREAKER_OPEN_MS: "3002",
      SWEEP_INTERVAL_MS: "3001",
      SCAN_REQUEST_HEADER: "X-Security-Scan",
      SCAN_REQUEST_MARKER: "team web, {scan}",
      CALLBACK_KEY: "c".repeat(32),
      CALLBACK_URL: "http://oob.test:8080/cb",
      CALLBACK_ZONE: "oob.example.com",
      REDACT_EMAILS: "yes",
      REDACT_CARDS: "false",
      REDACTION_KEY: "r".repeat(32),
    });
    expect(config).toMatchObject({
      storage: {
        kind: "s3",
        endpoint: "http://127.0.0.1:9000",
        region: "eu-west-1",
        bucket: "bodies",
        credentials: { accessKeyId: "key-id", secretAccessKey: "key-secret" },
        forcePathStyle: false,
      },
      workerConcurrency: 7,
      pluginDirs: ["/a", "/b"],
      pluginCacheDir: "/cache",
      isolationMinimum: "permission",
      leaseMs: 10_001,
      breakerOpenMs: 3_002,
      sweepIntervalMs: 3_001,
      scanRequestHeader: "x-security-scan",
      scanRequestMarker: "team web, {scan}",
      callbackKey: "c".repeat(32),
      callbackUrl: "http://oob.test:8080/cb",
      callbackZone: "oob.example.com",
      redactEmails: true,
      redactCards: false,
      redactionKey: "r".repeat(32),
    });
  });

  it.each([
    [{ STORAGE_DIR: "/x", S3_BUCKET: "bodies" }, "STORAGE_DIR"],
    [{ S3_ENDPOINT: "http://127.0.0.1:9000" }, "S3_BUCKET"],
    [{ S3_BUCKET: "bodies", S3_ACCESS_KEY_ID: "id" }, "S3_SECRET_ACCESS_KEY"],
    [{ S3_BUCKET: "bodies", S3_SECRET_ACCESS_KEY: "s" }, "S3_ACCESS_KEY_ID"],
    [{}, "STORAGE_DIR"],
  ])("wants exactly one complete storage backend: %j names %s", (storage, variable) => {
    const { DATABASE_URL, REDIS_URL } = SERVICES;
    const problems = problemsOf(() => loadWorkerConfig({ DATABASE_URL, REDIS_URL, ...storage }));
    expect(problems.map((problem) => problem.variable)).toEqual([variable]);
  });

  it("refuses a mark that would break a request", () => {
    const mark = { SCAN_REQUEST_HEADER: "Host", SCAN_REQUEST_MARKER: "a\r\nx: y" };
    const problems = problemsOf(() => loadWorkerConfig({ ...SERVICES, ...mark }));
    expect(problems.map(({ variable }) => variable)).toEqual(["SCAN_REQUEST_HEADER", "SCAN_REQUEST_MARKER"]);
  });
});

describe("callbacks", () => {
  it("are off for a worker until it knows where the listener is and its key", () => {
    const callbacks = (settings: Record<string, string>) =>
      problemsOf(() => loadWorkerConfig({ ...SERVICES, ...settings })).map(({ variable }) => variable);
    expect(callbacks({})).toEqual([]);
    expect(callbacks({ CALLBACK_URL: "http://oob.test" })).toEqual(["CALLBACK_KEY"]);
    expect(callbacks({ CALLBACK_ZONE: "oob.test", CALLBACK_KEY: PEPPER })).toEqual(["CALLBACK_URL"]);
    expect(callbacks({ CALLBACK_ZONE: "localhost" })).toContain("CALLBACK_ZONE");
  });

  it("have a listener that knows Redis and the key, and nothing else of the platform", () => {
    const { REDIS_URL } = SERVICES;
    expect(problemsOf(() => loadCallbackConfig({ REDIS_URL })).map(({ variable }) => variable)).toEqual([
      "CALLBACK_KEY",
    ]);
    const config = loadCallbackConfig({ REDIS_URL, CALLBACK_KEY: PEPPER, CALLBACK_ANSWER_ADDRESS: "::1" });
    expect(config).toEqual({
      redisUrl: REDIS_URL,
      queuePrefix: "{picket}",
      logLevel: "info",
      logFormat: "json",
      callbackKey: PEPPER,
      callbackHost: "127.0.0.1",
      callbackPort: 4_200,
      callbackDnsPort: 5_300,
      callbackAnswerAddress: "::1",
      callbackZone: undefined,
    });
    expect(Object.keys(SETTINGS.callback)).not.toContain("DATABASE_URL");
  });
});

describe("the other programs", () => {
  it("has a command line that runs without any setting", () => {
    expect(loadCliConfig({})).toMatchObject({ apiUrl: "http://127.0.0.1:4000", isolationMinimum: "sandbox" });
  });

  it("gives the owner's database to migrations only", () => {
    expect("DATABASE_OWNER_URL" in SETTINGS.api || "DATABASE_OWNER_URL" in SETTINGS.worker).toBe(false);
  });
});

describe("configSecrets", () => {
  it("collects secret settings and the passwords of URLs, as written and decoded", () => {
    const secrets = configSecrets({
      DATABASE_URL: "postgres://app:p%40ss@db/picket",
      REDIS_URL: "redis://cache",
      TOKEN_PEPPER: PEPPER,
      S3_ACCESS_KEY_ID: "not-secret",
    });
    expect(secrets.sort()).toEqual(["p%40ss", "p@ss", PEPPER].sort());
  });
});

describe("settingsTable", () => {
  it("has one row for each setting, with readers, default, unit and meaning", () => {
    const table = settingsTable();
    for (const settings of Object.values(SETTINGS)) {
      for (const [variable, schema] of Object.entries(settings)) {
        expect(aboutSetting(schema).description).toMatch(/\.$/);
        expect(table.split("\n").filter((line) => line.startsWith(`| \`${variable}\``))).toHaveLength(1);
      }
    }
    expect(table).toContain("| `LEASE_MS` | worker | `7000` | ");
    expect(table).toContain("| `TOKEN_PEPPER` | api | required | ");
    expect(table).toMatch(/`BODY_LIMIT_BYTES`.*Unit: bytes\./);
  });
});
