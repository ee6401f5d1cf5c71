import { resolve } from "node:path";

const rootDir = resolve(import.meta.dirname, "../..");

const typescript = {
  jsc: { target: "es2024", parser: { syntax: "typescript" }, experimental: { keepImportAttributes: true } },
  module: { type: "es6" },
};

/** `unit`: pure, no services. `int`: real Postgres, Redis and S3. `e2e`: a whole application. */
function project(displayName, testMatch, extra = {}) {
  return {
    displayName,
    rootDir,
    testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
    extensionsToTreatAsEsm: [".ts"],
    transform: { "^.+\\.ts$": ["@swc/jest", typescript] },
    moduleNameMapper: { "^fast-check$": "<rootDir>/infra/test/seeded-fast-check.mjs" },
    modulePathIgnorePatterns: ["<rootDir>/.data/"],
    ...extra,
  };
}

const services = {
  globalSetup: "<rootDir>/infra/test/global-setup.ts",
  globalTeardown: "<rootDir>/infra/test/global-teardown.ts",
};

export default {
  rootDir,
  // One file per worker process at a time; files of one run share Postgres, Redis and S3, never a database.
  maxWorkers: 2,
  // Ends what hangs, on a busy machine too; no test is a measure of time.
  testTimeout: 90_000,
  projects: [
    project("unit", ["{apps,packages}/**/src/**/*.test.ts", "infra/lint/*.test.ts"]),
    project("int", ["{apps,packages,infra}/**/test/**/*.int.test.ts"], services),
    project("e2e", ["{apps,infra}/**/test/**/*.e2e.test.ts"], services),
  ],
};
